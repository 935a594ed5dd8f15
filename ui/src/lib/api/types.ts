// The shapes of office/src/view.rs and domain/src/catalogue.rs as they cross IPC.

export type Fields = Record<string, string>;
export interface Problem { code: string; details: Fields }
export interface Person { id: string; name: string }
export interface StaffRow { id: string; name: string; role: string; me: boolean; given: boolean; about: string }
export interface ShownDay { day: string; person: string; numbers: number; highest: number; residents: number; refused: number }
export interface Assignment { school: string; letter: string; letter_day: string; until: string }
export interface SchoolFile { draft: string; name: string; service_name: string; state: string; complete: boolean }
export interface PupilRow { id: string; name: string; class: string; about: string; card: boolean; offers: string[]; files: SchoolFile[] }
export interface HandedRow { id: string; name: string; ends: string; service_name: string; when: string; state: string; slip: boolean }
export interface SchoolClass { name: string; pupils: number }
export interface SchoolScreen { school: string; until: string; counter: string; classes: SchoolClass[]; class: string; counts: string; pupils: PupilRow[]; loose: SchoolFile[]; handed: HandedRow[]; ready: number }
export interface RefusedLine { line: number; name: string; why: string }
export interface ClassReport { added: number; known: number; refused: RefusedLine[]; screen: SchoolScreen }
export interface Given { given: number; screen: SchoolScreen }
export interface HandedOut { person: string; name: string; passphrase: string }
export interface Recovered { handed: HandedOut; code: string }
export interface OfficeCard { code: string; name: string; district: string; regency: string; agency: string; number_code: string; zone: string }
export interface Start { state: 'enrol' | 'sign_in' | 'locked' | 'ready'; office: OfficeCard | null; people: Person[]; helpers: Person[]; person: Person | null; role: string; school: string; given: boolean; pin: boolean; today: string; asked_day: string; sample: boolean; version: string; words: string[]; hotline: string }
export interface Invited { server: string; office: string; text: string }
export interface Sending { state: string; text: string; reason: string; scans_received: number; scans_total: number; scans_bytes: number; age: string }
export interface QueueRow { id: string; kind: 'draft' | 'application' | 'complaint'; number: string; name: string; applicant: string; service: string; service_name: string; when: string; sending: Sending; status: string; status_text: string; needs_attention: boolean }
export interface QueuePage { rows: QueueRow[]; counts: Record<string, number>; earlier: number; page: number; pages: number }
export interface AttentionRow { id: string; kind: string; number: string; name: string; service_name: string; sentence: string; action: string; does: string; target: string; age: string; event: string; choices: Choice[] }
export interface Choice { path: string; label: string; first: string; later: string; hidden: string }
export interface DayLine { label: string; value: string }
export interface DaySheet { id: string; day: string; title: string; late: string; lines: DayLine[]; numbers: string[]; unexplained: string[]; print: string; by: string; state: 'open' | 'waiting' | 'same' | 'differs'; state_text: string; differences: string[] }
export interface DayScreen { now: DaySheet; closed: boolean; missed: boolean; only_here: string; waiting: boolean; sheets: DaySheet[] }
export interface ComplaintForm { kind: string; about: string; name: string; contact: string; words: string }
export interface ComplaintKind { code: string; label: string; direct: boolean }
export interface ComplaintRow { id: string; number: string; kind: string; about: string; age: string; due: string; overdue: boolean; state: string; state_text: string; said: string; sending: Sending }
export interface ComplaintScreen { kinds: ComplaintKind[]; not_direct: string; rows: ComplaintRow[]; direct: string; draft: ComplaintForm }
export interface ComplaintTaken { id: string; number: string; spoken: string; due: string; direct: boolean }
export interface Connection { state: string; text: string; waiting: number; last_sent: string; next_try: string; room: string; clock: string; ended: string; attention: number }
export interface Checked { ruling: string; title: string; why: string; facts: [string, string][]; record: string; application: string }
export interface Carried { lines: string[]; broken: boolean }
export interface Passing { file: number; files: number; kb: number; of_kb: number }
export interface SendingPanel { connection: Connection; rows: QueueRow[]; waiting_files: number; waiting_scans: number; waiting_bytes: number; estimate: string; sent_7_days: number; sent: QueueRow[] }
export interface Finding { field: string; strength: 'error' | 'check' | 'suggestion'; code: string; message: string }
export interface Attachment { requirement: string; substitute?: string; sha256: string; bytes: number; media: string; asked?: boolean; legible?: boolean; original?: 'kept' | 'on_file' | 'unseen' }
export interface Consent { text_version: string; agreed: boolean; news: boolean; given_by: string; mark: string; evidence?: string; witnesses: string[] }
export interface Application { service: string; variant?: string; reported?: string; fields: Fields; reasons?: Fields; missing?: Fields; attachments?: Attachment[] }
export interface SectionState { id: string; shown: boolean; complete: boolean; errors: number; missing: number }
export interface Scan { id: string; attachment: Attachment; name: string; pages: number; note: string; warnings: string[]; gone: string }
export interface Returned { note: string; target: string; at: string; by: string }
export interface Draft { id: string; corrects: string | null; number: string; application: Application; section: string; field: string; defaults: string[]; findings: Finding[]; sections: SectionState[]; scans: Scan[]; returned: Returned | null; saved_at: string; created_by: string; extras: string[]; forms: string[]; edition: string }
export interface Saved { saved_at: string; findings: Finding[]; sections: SectionState[] }
export interface ReviewRow { section: string; section_title: string; path: string; label: string; value: string; hidden: '' | 'number' | 'highest' }
export interface Revealed { values: Fields; seconds: number }
export interface Fact { path: string; label: string; value: string; large: boolean }
export interface ReadBackPage { facts: Fact[]; papers: Scan[] }
export interface Shown { draft: string; page: number; huge: boolean; turned: boolean }
export interface ResidentPage { language: string; page: Review['pages'][number]; huge: boolean; turned: boolean }
export interface Review { findings: Finding[]; rows: ReviewRow[]; pages: ReadBackPage[]; script: string; consent: string; consent_version: string; news: string; can_send: boolean }
export interface Submitted { application: string; number: string; spoken: string }
export interface Paper { pages: string[]; file_name: string; printed: number; printed_at: string }
export interface Case { id: string; number: string; service_name: string; subject: string; sending: Sending; status: string; status_text: string; rows: ReviewRow[]; scans: Scan[]; history: { when: string; who: string; text: string }[]; returned: Returned | null; promised: string; printed: number; tell: string; actions: string[]; receivers: Receiver[]; not_named: string }
export interface CounterLine { code: string; office: string; people: number; files: number; unsent: string[]; returned: string; conspicuous: boolean; reasons: string[]; version: string; old_version: boolean; last: string; stale: string; silent: string }
export interface CounterWeek { title: string; lines: CounterLine[] }
export interface SampleLine { id: string; number: string; service_name: string; when: string; read: boolean }
export interface SubdistrictScreen { title: string; reach: string; told: string; old: boolean; weeks: CounterWeek[]; alone: boolean; samples: SampleLine[]; unread: number; pin: string; pin_code: string }
export interface Receiver { who: string; name: string; relation: string }
export interface HandOver { who: string; name: string; letter: boolean; read: boolean; mark: string; photo: string }
export interface Hit { id: string; kind: string; name: string; about: string; number: string; service_name: string }
export interface Resident { id: string; name: string; about: string; numbers: ReviewRow[]; family: string[]; cases: QueueRow[] }
export interface KnownPerson { name: string; about: string; card: string; fields: Fields }
export interface PaperOnFile { requirement: string; scan: string; day: string; service_name: string }
export interface Storage { used_mb: number; free_mb: number; low: boolean; copies: string; deleted: string[] }
export interface Region { code: string; name: string; within: string }
export interface Settings { theme: string; text_size: number; resident_language: string; printer: string; paper: string; scanner_folder: string; resident_screen: string; idle_minutes: number; server: string; district: Fields; district_since: string; services_off: string[]; data_folder: string; version: string; update: Ready | null }
export interface Ready { version: string; file: string }
export interface SettingsChange { theme?: string; text_size?: number; resident_language?: string; printer?: string; paper?: string; scanner_folder?: string; resident_screen?: string; idle_minutes?: number }
export interface Message { text: string; url: string }
export interface ListEntry { key: string; label: string }
export interface Condition { variant?: string[]; field?: string | null; is?: string[]; is_not?: string[]; filled?: boolean | null; years_min?: number | null; years_below?: number | null }
export interface Field { path: string; label: string; kind: string; hint: string | null; list: string | null; need: 'must' | 'may'; when: Condition | null; unit: string | null; default: string | null; folded: boolean }
export interface Section { id: string; title: string; fields: Field[]; repeat: { path: string; title: string; min: number; max: number; follows: boolean } | null; when: Condition | null }
export interface Substitute { id: string; name: string; hint: string | null }
export interface Requirement { id: string; name: string; need: 'must' | 'may'; asked_by: 'nation' | 'district'; when: Condition | null; hint: string | null; ask: string | null; legible_by: string | null; substitutes: Substitute[] }
export interface Service { code: string; name: string; group: string; summary: string; variants: { code: string; name: string }[]; sections: Section[]; requirements: Requirement[]; notices: { text: string; section: string | null; when: Condition | null }[]; together_with: string[] }
export interface Elsewhere { code: string; name: string; words: string[]; sentence: string }
export interface Catalogue { services: Service[]; lists: Record<string, ListEntry[]>; elsewhere: Elsewhere[] }
