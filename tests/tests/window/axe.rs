//! What axe is asked about every screen, and what it leaves undecided and a person decided.

/// axe with every rule this window is held to (ux.md 5.2): what it finds, and what it could not decide.
pub const RUN: &str = "const done = arguments[0];
    const told = (found) => found.map(v => v.id + ': ' + v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? '')).join(' | '));
    axe.run(document, {resultTypes: ['violations', 'incomplete'], runOnly: {type: 'tag', values: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','wcag2aaa','best-practice']},
      rules: {'color-contrast-enhanced': {enabled: true}, 'target-size': {enabled: true}}})
      .then(r => done([told(r.violations), r.incomplete.flatMap(v => v.nodes.flatMap(n => told([{id: v.id, nodes: [n]}])))]), e => done([[String(e)], []]));";
/// What axe could not decide and a person did: the rule, a part of what it says, the state (empty: any), why it holds.
const REVIEWED: [(&str, &str, &str, &str); 5] = [
    (
        "color-contrast",
        "background gradient",
        "",
        "the arrow of a list is a gradient at its right edge; the words stand on the plain sheet, 15:1 and 20:1 (ux.md 4.1); the hatching of an old row is so faint that its letters keep 11:1",
    ),
    (
        "color-contrast",
        "overlap",
        "desa-dengan-nama",
        "the open list of villages lies over the boxes below it, on a plain sheet of its own, and goes when one is chosen",
    ),
    (
        "color-contrast",
        "non-text characters",
        "",
        "a mark like ▲ stands in the colour of the words beside it, which are measured, and has a name",
    ),
    (
        "color-contrast",
        ".stale > td",
        "",
        "numbers of one figure in an old row, whose hatching is so faint that its letters keep 11:1",
    ),
    ("video-caption", "video", "cek-bukti-kamera", "what the camera sees now, without a sound: nothing is said in it"),
];

/// Whether a person decided what axe could not, at this state.
pub fn decided(told: &str, name: &str) -> bool {
    let fits = |(rule, part, state, _): &(&str, &str, &str, &str)| {
        told.starts_with(rule) && told.contains(part) && (state.is_empty() || *state == name)
    };
    REVIEWED.iter().any(fits)
}
