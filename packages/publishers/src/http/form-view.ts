/** The form that adds a publisher, with what is wrong after it was sent. */

import type { PublisherIssuer } from '../trust/publishers.ts'
import type { PublisherFault } from '../model/invalid-publisher.ts'
import type { Html, HtmlValue } from './html.ts'
import { html } from './html.ts'
import { labelOf } from './labels.ts'

/** A form that was sent, and what is wrong with it. */
export interface Sent {
  /** Its fields. */
  readonly values: Readonly<Record<string, string>>
  /** What is wrong. */
  readonly faults: readonly PublisherFault[]
}

interface TextField {
  readonly name: string
  readonly hint: string
  readonly isRequired?: true
}

const textFields: readonly TextField[] = [
  { name: 'repository', hint: 'With its owner, such as acme/shop.', isRequired: true },
  {
    name: 'ownerId',
    hint: 'The number of the user, organization or group. Names can be given up and taken by others; ids cannot.',
    isRequired: true,
  },
  {
    name: 'repositoryId',
    hint: 'Leave it empty if the repository does not exist yet. Then its first job within 30 days sets it.',
  },
  {
    name: 'workflowFile',
    hint: 'Its path in the repository, such as .github/workflows/release.yml. Only jobs of this file may publish.',
  },
  {
    name: 'environment',
    hint: 'Only jobs of this environment may publish. Without one, everybody who can push to any branch can publish.',
  },
]

/** Names of the fields that are sent. */
export const sentFields: readonly string[] = ['issuer', ...textFields.map(({ name }) => name)]

/** The form. */
export function addForm(issuers: readonly PublisherIssuer[], token: string, sent: Sent | undefined): Html {
  return html`${sent && errorSummary(sent)}
    <form class="add" method="post">
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="action" value="add" />
      ${issuerField(issuers, sent)} ${textFields.map((field) => textInput(field, sent))}
      <button>Add publisher</button>
    </form>`
}

/** It has the focus after the page was loaded, so that it is read first. */
function errorSummary({ faults }: Sent): Html {
  return html`<div class="bad" role="alert" tabindex="-1" autofocus aria-labelledby="faults">
    <strong id="faults">The publisher was not added</strong>
    <ul>
      ${inOrder(faults).map((fault) => html`<li>${faultText(fault)}</li>`)}
    </ul>
  </div>`
}

/** A fault, as a link to its field if the form has it. */
function faultText({ field, message }: PublisherFault): Html {
  const text = html`${labelOf(field)} ${message}`
  return sentFields.includes(field) ? html`<a href="#${field}">${text}</a>` : text
}

/** The faults in the order of the fields. */
const inOrder = (faults: readonly PublisherFault[]): readonly PublisherFault[] =>
  faults.toSorted((one, other) => sentFields.indexOf(one.field) - sentFields.indexOf(other.field))

function issuerField(issuers: readonly PublisherIssuer[], sent: Sent | undefined): HtmlValue {
  const [only] = issuers
  if (only !== undefined && issuers.length === 1)
    return html`<input type="hidden" name="issuer" value="${only.issuer}" />`
  const chosen = sent?.values['issuer']
  return html`<label for="issuer">${labelOf('issuer')}</label>
    <select id="issuer" name="issuer" ${describedBy('issuer', sent)}>
      ${issuers.map(
        ({ issuer, title }) =>
          html`<option value="${issuer}" ${issuer === chosen && html` selected`}>
            ${title}, ${new URL(issuer).host}
          </option>`,
      )}
    </select>
    ${faultOf('issuer', sent)}`
}

function textInput({ name, hint, isRequired }: TextField, sent: Sent | undefined): Html {
  return html`<label for="${name}">${labelOf(name)}${!isRequired && ' (optional)'}</label>
    <p class="hint" id="${name}-hint">${hint}</p>
    <input
      id="${name}"
      name="${name}"
      value="${sent?.values[name] ?? ''}"
      maxlength="255"
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      ${isRequired && html` required`}${describedBy(name, sent, `${name}-hint`)}
    />
    ${faultOf(name, sent)}`
}

const messageOf = (name: string, sent: Sent | undefined): string | undefined =>
  sent?.faults.find(({ field }) => field === name)?.message

function describedBy(name: string, sent: Sent | undefined, hint?: string): HtmlValue {
  if (messageOf(name, sent) === undefined) return hint && html` aria-describedby="${hint}"`
  return html` aria-invalid="true" aria-describedby="${name}-fault${hint === undefined ? '' : ` ${hint}`}"`
}

function faultOf(name: string, sent: Sent | undefined): HtmlValue {
  const message = messageOf(name, sent)
  return message && html`<p class="fault" id="${name}-fault">${labelOf(name)} ${message}</p>`
}
