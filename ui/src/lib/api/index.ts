// The only way to the office: typed calls over IPC. Nothing else imports @tauri-apps.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';
import { helpCode, UNEXPECTED } from '../../help/code';
import { gapless, t, known } from '../texts';
import type { Assignment, AttentionRow, Carried, Case, Catalogue, Checked, ClassReport, ComplaintForm, ComplaintScreen, ComplaintTaken, Connection, Consent, DayScreen, Draft, Fields, Given, HandedOut, HandOver, Hit, Invited, KnownPerson, Message, Paper, PaperOnFile, Passing, Problem, QueuePage, QueueRow, Recovered, Region, Resident, ResidentPage, Revealed, Review, Saved, Scan, SchoolScreen, SendingPanel, Settings, SettingsChange, Shown, StaffRow, Start, Storage, ShownDay, SubdistrictScreen, Submitted } from './types';

export type * from './types';

/** Codes of a session that is not open any more. */
const CLOSED = ['signed_out', 'locked', 'passphrase_given'];
let closed = () => {};

/** What nobody at the counter caused goes into the local log; that the log cannot be written must not hide the problem. */
const noted = (problem: unknown): never => {
  const code = codeOf(problem);
  if (CLOSED.includes(code)) closed();
  if (UNEXPECTED.includes(code)) void invoke('note_problem', { code }).catch(() => undefined);
  throw problem;
};
const call = <T>(command: string, args: Record<string, unknown> = {}) => invoke<T>(command, args).catch(noted);

export const api = {
  start: () => call<Start>('start'),
  enrol: (server: string, code: string, name: string, passphrase: string) => call<Start>('enrol', { server, code, name, passphrase }),
  readInvitation: (base64: string) => call<Invited>('read_invitation', { base64 }),
  enrolFolders: () => call<string[]>('enrol_folders'),
  enrolRequest: (server: string, code: string, name: string, passphrase: string, folder: string) => call<string>('enrol_request', { server, code, name, passphrase, folder }),
  enrolAnswer: (base64: string, passphrase: string) => call<Start>('enrol_answer', { base64, passphrase }),
  signIn: (person: string, passphrase: string) => call<Start>('sign_in', { person, passphrase }),
  proposePassphrase: () => call<string>('propose_passphrase'),
  changePassphrase: (old: string, fresh: string) => call<Start>('change_passphrase', { old, new: fresh }),
  staff: () => call<StaffRow[]>('staff'),
  addPerson: (name: string, role: string) => call<HandedOut>('add_person', { name, role }),
  reissue: (id: string) => call<HandedOut>('reissue', { id }),
  removePerson: (id: string) => call<StaffRow[]>('remove_person', { id }),
  addHelper: (name: string, assignment: Assignment) => call<HandedOut>('add_helper', { name, assignment }),
  assignHelper: (id: string, assignment: Assignment) => call<HandedOut>('assign_helper', { id, assignment }),
  school: (shown: string) => call<SchoolScreen>('school', { class: shown }),
  importClass: (base64: string) => call<ClassReport>('import_class', { base64 }),
  schoolDraft: (service: string, pupil: string) => call<Draft>('school_draft', { service, pupil }),
  printSlip: (id: string) => call<string>('print_slip', { id }),
  giveToCounter: (shown: string) => call<Given>('give_to_counter', { class: shown }),
  subdistrict: () => call<SubdistrictScreen>('subdistrict'),
  askSubdistrict: () => call<SubdistrictScreen>('ask_subdistrict'),
  askPinCode: (computer: string, challenge: string) => call<SubdistrictScreen>('ask_pin_code', { computer, challenge }),
  readSample: (id: string) => call<null>('read_sample', { id }),
  printSheets: () => call<string>('print_sheets'),
  shownTo: () => call<ShownDay[]>('shown_to'),
  setPin: (pin: string) => call<Start>('set_pin', { pin }),
  lock: () => call<Start>('lock'),
  unlock: (pin: string) => call<Start>('unlock', { pin }),
  pinChallenge: () => call<[computer: string, digits: string]>('pin_challenge'),
  resetPin: (told: string, pin: string) => call<Start>('reset_pin', { told, pin }),
  recover: (person: string, code: string, file: string | null) => call<Recovered>('recover', { person, code, file }),
  newRecoveryCode: () => call<string>('new_recovery_code'),
  printRecoveryCode: (code: string) => call<null>('print_recovery_code', { code }),
  alive: () => call<null>('alive'),
  setDay: (day: string) => call<Start>('set_day', { day }),
  catalogue: () => call<Catalogue>('catalogue'),
  queue: (filter: string, page: number) => call<QueuePage>('queue', { filter, page }),
  bin: () => call<QueueRow[]>('bin'),
  attention: () => call<AttentionRow[]>('attention'),
  settle: (event: string, later: boolean) => call<AttentionRow[]>('settle', { event, later }),
  renumber: (id: string) => call<Submitted>('renumber', { id }),
  sending: () => call<SendingPanel>('sending_panel'),
  sendNow: () => call<SendingPanel>('send_now'),
  courierFolders: () => call<string[]>('courier_folders'),
  courierOut: (folder: string) => call<Carried>('courier_out', { folder }),
  courierIn: (folder: string) => call<Carried>('courier_in', { folder }),
  courierPass: (folder: string) => call<Carried>('courier_pass', { folder }),
  day: () => call<DayScreen>('day'),
  closeDay: (day: string) => call<DayScreen>('close_day', { day }),
  dayRead: (id: string) => call<DayScreen>('day_read', { id }),
  printDay: (id: string, paper: string) => call<null>('print_day', { id, paper }),
  saveDay: (id: string, paper: string) => call<string>('save_day', { id, paper }),
  complaints: () => call<ComplaintScreen>('complaints'),
  complain: (form: ComplaintForm) => call<ComplaintTaken>('complain', { form }),
  keepComplaint: (form: ComplaintForm) => call<null>('keep_complaint', { form }),
  printComplaint: (id: string) => call<null>('print_complaint', { id }),
  connection: () => call<Connection>('connection'),
  applicantOf: (application: string) => call<string>('applicant_of', { application }),
  newDraft: (service: string, resident: string | null = null) => call<Draft>('new_draft', { service, variant: null, resident }),
  openDraft: (id: string) => call<Draft>('open_draft', { id }),
  chooseVariant: (draft: string, variant: string) => call<Draft>('choose_variant', { draft, variant }),
  save: (change: { draft: string; fields: Fields; reasons: Fields; missing: Fields; section: string; field: string }) => call<Saved>('save', { change }),
  discardDraft: (id: string) => call<null>('discard_draft', { id }),
  restoreDraft: (id: string) => call<Draft>('restore_draft', { id }),
  attach: (draft: string, requirement: string, substitute: string | null, base64: string) => call<Scan>('attach_bytes', { draft, requirement, substitute, base64 }),
  scanImage: (id: string) => call<string>('scan_image', { id }),
  turnScan: (id: string, quarters: number) => call<Scan>('turn_scan', { id, quarters }),
  cropScan: (id: string, corners: number[]) => call<Scan>('crop_scan', { id, corners }),
  answerPaper: (id: string, yes: boolean) => call<Scan>('answer_paper', { id, yes }),
  confirmLegible: (id: string, digits: string) => call<Scan>('confirm_legible', { id, digits }),
  detach: (id: string) => call<null>('detach', { id }),
  restoreScan: (id: string) => call<Scan>('restore_scan', { id }),
  review: (draft: string) => call<Review>('review', { draft }),
  recordReadBack: (draft: string, mode: string, corrected: string[]) => call<Review>('record_read_back', { draft, mode, corrected }),
  submit: (draft: string, consent: Consent) => call<Submitted>('submit', { draft, consent }),
  application: (id: string) => call<Case>('application', { id }),
  correct: (id: string) => call<Draft>('correct', { id }),
  handOver: (id: string, given: HandOver) => call<Case>('hand_over', { id, given }),
  collect: (text: string) => call<string>('collect', { text }),
  collectFile: (base64: string) => call<string>('collect_file', { base64 }),
  takeBack: (id: string, reason: string) => call<Case>('take_back', { id, reason }),
  withdraw: (id: string, reason: string) => call<Case>('withdraw', { id, reason }),
  receipt: (application: string, paper: string) => call<Paper>('receipt', { application, paper }),
  print: (application: string, paper: string, copies: number) => call<Paper>('print_receipt', { application, paper, copies }),
  printConsentSheet: (draft: string) => call<null>('print_consent_sheet', { draft }),
  attachNewest: (draft: string, requirement: string, substitute: string | null) => call<Scan>('attach_newest', { draft, requirement, substitute }),
  saveReceipt: (application: string, paper: string) => call<string>('save_receipt', { application, paper }),
  printRequirements: (service: string) => call<null>('print_requirements', { service }),
  message: (application: string) => call<Message>('message', { application }),
  printers: () => call<[string, string][]>('printers'),
  resident: (id: string, purpose: string) => call<Resident>('resident', { id, purpose }),
  people: (draft: string, path: string, text: string) => call<KnownPerson[]>('people', { draft, path, text }),
  knownPerson: (card: string) => call<KnownPerson>('known_person', { card }),
  often: () => call<string[]>('often'),
  papersOnFile: (draft: string) => call<PaperOnFile[]>('papers_on_file', { draft }),
  takeOnFile: (draft: string, scan: string) => call<Scan>('take_on_file', { draft, scan }),
  keepOriginal: (id: string, kept: boolean) => call<Scan>('keep_original', { id, kept }),
  regions: (kind: string, text: string) => call<Region[]>('regions', { kind, text }),
  voice: () => call<boolean>('voice'),
  readAloud: (draft: string | null, page: number | null) => call<null>('read_aloud', { draft, page }),
  showResident: (shown: Shown) => call<boolean>('show_resident', { shown }),
  residentPage: () => call<ResidentPage | null>('resident_page'),
  clearResident: () => call<null>('clear_resident'),
  backUp: (folder: string) => call<string>('back_up', { folder }),
  storage: () => call<Storage>('storage'),
  reached: () => call<string>('reached'),
  noteProblem: (code: string) => call<null>('note_problem', { code }),
  settings: () => call<Settings>('settings'),
  changeSettings: (change: SettingsChange) => call<Settings>('change_settings', { change }),
  revealNumbers: (of: string, id: string, purpose: string) => call<Revealed>('reveal_numbers', { of, id, purpose }),
  revealHighest: (of: string, id: string, path: string, purpose: string) => call<Revealed>('reveal_highest', { of, id, path, purpose }),
  revealMark: (id: string, purpose: string) => call<string>('reveal_mark', { id, purpose }),
  search: (text: string) => call<Hit[]>('search', { text }),
  verify: (text: string) => call<Checked>('verify', { text }),
  verifyFile: (base64: string) => call<Checked>('verify_file', { base64 }),
  qrInPicture: (base64: string) => call<string | null>('qr_in_picture', { base64 }),
};

/** Calls `then` whenever the resident's screen has another page; returns how to stop. */
export const onResidentPage = (then: () => void) => listen('resident_page', then);
/** Whether this is the resident's own window. */
export const isResidentWindow = () => getCurrentWindow().label === 'resident';

/** Calls `then` whenever something changed behind the screen; returns how to stop. */
export const onChange = (then: () => void) => listen('changed', then);

/** Calls `then` when the desktop says that nobody sits here any more. */
export const onAway = (then: () => void) => listen('away', then);

/** Calls `then` when the session was locked or ended behind the screen. */
export const onBlanked = (then: () => void) => { closed = then; return listen('blanked', then); };

/** Tells how many bytes are on the stick by now; returns how to stop. */
export const onCourier = (then: (bytes: number) => void) => listen<number>('courier', (e) => then(e.payload));

/** Tells how far another counter's stick is passed on; returns how to stop. */
export const onPassing = (then: (far: Passing) => void) => listen<Passing>('passing', (e) => then(e.payload));

/** The sentence of a problem; a code without one still says that what was saved is safe. */
export function sentence(problem: unknown): string {
  const code = codeOf(problem);
  const said = gapless(`problem.${code}`, (problem as Partial<Problem> | null)?.details ?? {});
  return UNEXPECTED.includes(code) ? `${said} ${t('help.code_is', { code: helpCode(code) })}` : said;
}

/** Code of a problem; `internal` for whatever has no sentence. */
function codeOf(problem: unknown): string {
  const code = (problem as Partial<Problem> | null)?.code;
  return code && known(`problem.${code}`) ? code : 'internal';
}
