/** The last uses and refusals, as tables. */

import type { FailedCheck, PublisherRecord } from '../model/record.ts'
import type { Html, HtmlValue } from './html.ts'
import { html } from './html.ts'
import { labelOf } from './labels.ts'

/** What the tables show. */
export interface RecordLists {
  /** The last uses. */
  readonly uses: readonly PublisherRecord[]
  /** The last refusals. */
  readonly refusals: readonly PublisherRecord[]
}

/** Both tables. */
export function recordLists({ uses, refusals }: RecordLists): Html {
  return html`<h2 id="uses">Last uses</h2>
    ${table(uses, 'No job has published yet.', 'Ref', ({ job }) => job.ref && html`<code><bdi>${job.ref}</bdi></code>`)}
    <h2 id="refusals">Last refusals</h2>
    <p class="soft">
      Jobs of the repositories above, or of ones with the same name and owner, that did not meet the conditions.
    </p>
    ${table(
      refusals,
      'No such job was refused.',
      'Reason',
      ({ failed }) =>
        html`<ul class="plain">
          ${failed.map(reason)}
        </ul>`,
    )}`
}

function table(
  records: readonly PublisherRecord[],
  empty: string,
  last: string,
  cell: (record: PublisherRecord) => HtmlValue,
): Html {
  if (records.length === 0) return html`<p class="soft">${empty}</p>`
  return html`<div
    class="table"
    tabindex="0"
    role="region"
    aria-label="${last === 'Ref' ? 'Last uses' : 'Last refusals'}"
  >
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Job</th>
          <th scope="col">${last}</th>
        </tr>
      </thead>
      <tbody>
        ${records.map(
          (record) =>
            html`<tr>
              <td>${timeOf(record.at)}</td>
              <td>${jobOf(record)}</td>
              <td>${cell(record)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

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
