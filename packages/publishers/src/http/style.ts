/** The style of the settings page, light and dark. */

/** The style sheet. The content security policy has its digest, and so admits no other. */
export const style = `
:root { color-scheme: light dark; --text: #1c2127; --soft: #57606a; --line: #d5dae0; --back: #f6f7f9; --card: #fff;
  --accent: #0b57d0; --on-accent: #fff; --bad: #b3261e; --bad-back: #fdeceb; --note-back: #fff6dd; --note: #6b4b00;
  --good: #14603a; --good-back: #e5f5ec }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --soft: #a3acb7; --line: #3a424c; --back: #15181c;
  --card: #1d2126; --accent: #a8c7fa; --on-accent: #0a2a5c; --bad: #f5b3ae; --bad-back: #40201e; --note-back: #3a2f12;
  --note: #f2d488; --good: #a5dcbd; --good-back: #16321f } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere }
p { margin: .5rem 0 }
bdi, code { overflow-wrap: anywhere }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.soft, .hint { color: var(--soft) }
.hint { font-size: .875rem; margin: 0 0 .25rem }
.card, form.add, .table { background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
.card, form.add { padding: 1rem 1.25rem; margin: 0 0 .75rem }
.card header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline }
.tag { font-size: .8125rem; padding: 0 .5rem; border-radius: 1rem; color: var(--note); background: var(--note-back) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .125rem 1rem; margin: .5rem 0; font-size: .9375rem }
dt { color: var(--soft) }
dd { margin: 0; min-width: 0 }
.note, .bad, .good { padding: .75rem 1rem; border-radius: .375rem; margin: .75rem 0 }
.note { color: var(--note); background: var(--note-back) }
.bad { color: var(--bad); background: var(--bad-back) }
.good { color: var(--good); background: var(--good-back) }
.good:not(:target) { display: none }
.bad a { color: inherit }
ul { margin: .25rem 0; padding-left: 1.25rem }
ul.plain { list-style: none; padding: 0; margin: 0 }
label { display: block; font-weight: 600; margin: 1rem 0 .125rem }
form.add > label:first-of-type { margin-top: 0 }
input, select { width: 100%; font: inherit; color: inherit; background: var(--back); padding: .5rem .625rem;
  border: 1px solid var(--soft); border-radius: .375rem }
[aria-invalid] { border-color: var(--bad); border-width: 2px }
.fault { color: var(--bad); font-size: .875rem; margin: .25rem 0 0 }
button { font: inherit; font-weight: 600; padding: .5rem 1rem; border-radius: .375rem; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent) }
button.danger { background: transparent; color: var(--bad); border-color: var(--bad) }
form.add button { margin-top: 1.25rem }
summary { cursor: pointer; width: max-content; color: var(--soft); font-size: .9375rem }
details form { margin-top: .5rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
a { color: var(--accent) }
.table { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9375rem }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid var(--line) }
tbody tr:last-child > * { border-bottom: 0 }
th { font-weight: 600; color: var(--soft); white-space: nowrap }
td time { white-space: nowrap }
td + td { min-width: 9rem }
td:last-child { min-width: 12rem }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .375rem } }
`
