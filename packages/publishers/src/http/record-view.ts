/** The last uses, refusals and changes, as tables. */

import type { PublisherChange } from '../model/publisher.ts'
import type { FailedCheck, PublisherRecord } from '../model/record.ts'
import type { Html, HtmlValue } from './html.ts'
import { html } from './html.ts'
import { labelOf } from './labels.ts'
import type { Overview } from './overview.ts'

/** All tables. */
export function recordLists({ uses, refusals, changes }: Overview): Html {
  return html`${table('uses', 'No job has published yet.', ['Job', 'Ref'], uses.map(useRow))}
  ${table('refusals', 'No such job was refused.', ['Job', 'Reason'], refusals.map(refusalRow), ofRefusals)}
  ${table('changes', 'Nothing was changed yet.', ['Change', 'Publisher'], changes.map(changeRow))}`
}

const ofRefusals = html`<p class="soft">
  Jobs of the repositories above, or of ones with the same name and owner, that did not meet the conditions.
</p>`

type Row = readonly [time: Date, ...cells: readonly HtmlValue[]]

const useRow = (record: PublisherRecord): Row => [
  record.at,
  jobOf(record),
  record.job.ref && html`<code><bdi>${record.job.ref}</bdi></code>`,
]

const refusalRow = (record: PublisherRecord): Row => [
  record.at,
  jobOf(record),
  html`<ul class="plain">
    ${record.failed.map(reason)}
  </ul>`,
]

const changeRow = ({ action, by, at, publisher: { repository, repositoryId, ownerId } }: PublisherChange): Row => [
  at,
  html`${actions[action]} <bdi>${by}</bdi>`,
  html`<bdi>${repository ?? repositoryId}</bdi>, owner id <code>${ownerId}</code>`,
]

const actions: Readonly<Record<PublisherChange['action'], string>> = {
  added: 'added by',
  accepted: 'new owner accepted by',
  bound: 'bound by a job for',
  removed: 'removed by',
  void: 'void after a job for',
}

function table(id: string, empty: string, columns: readonly string[], rows: readonly Row[], about?: Html): Html {
  const title = `Last ${id}`
  const heading = html`<h2 id="${id}">${title}</h2>
    ${about}`
  if (rows.length === 0)
    return html`${heading}
      <p class="soft">${empty}</p>`
  return html`${heading}
    <div class="table" tabindex="0" role="region" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${['Time', ...columns].map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(rowOf)}
        </tbody>
      </table>
    </div>`
}

const rowOf = ([time, ...cells]: Row): Html =>
  html`<tr>
    ${[timeOf(time), ...cells].map((cell) => html`<td>${cell}</td>`)}
  </tr>`

function jobOf({ job: { repository, actor, runUrl } }: PublisherRecord): Html {
  return html`<bdi>${repository}</bdi>${actor && html`<br /><span class="soft">started by <bdi>${actor}</bdi></span>`}
    ${isWebAddress(runUrl) && html`<br /><a href="${runUrl}" rel="noopener noreferrer">run</a>`}`
}

function reason({ field, expected, actual, hint }: FailedCheck): Html {
  return html`<li>
    ${labelOf(field)} must be <code><bdi>${expected}</bdi></code
    >,
    ${actual === undefined ? 'and the job has none' : html`not <code><bdi>${actual}</bdi></code>`}${hint && html`<br /><span class="soft"><bdi>${hint}</bdi></span>`}
  </li>`
}

/** Whether a text is a link that does nothing else. */
const isWebAddress = (text: string | undefined): text is string =>
  text !== undefined && URL.canParse(text) && new URL(text).protocol === 'https:'

/** A time, to the minute. */
export function timeOf(date: Date): Html {
  const text = date.toISOString()
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`
}
