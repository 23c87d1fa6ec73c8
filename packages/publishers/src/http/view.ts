/** The settings page as HTML: publishers, the form that adds one, and what they did. */

import type { Publisher } from '../model/publisher.ts'
import type { PublisherIssuer } from '../trust/publishers.ts'
import type { Html, HtmlValue } from './html.ts'
import { html } from './html.ts'
import type { Overview } from './overview.ts'
import { recordLists, timeOf } from './record-view.ts'
import type { Sent } from './form-view.ts'
import { addForm } from './form-view.ts'

/** What the page shows. */
export interface PageContent extends Overview {
  /** The project. */
  readonly project: string
  /** The CI systems to choose from. */
  readonly issuers: readonly PublisherIssuer[]
  /** Token of the forms. */
  readonly token: string
  /** What was sent, and what is wrong with it; `undefined` before a form is sent. */
  readonly sent: Sent | undefined
}

/** The whole page. */
export function pageOf(content: PageContent): Html {
  const { project, publishers, issuers, token, sent } = content
  return html`
    <h1>Trusted publishers of <bdi>${project}</bdi></h1>
    <p class="soft">CI jobs of these repositories publish <bdi>${project}</bdi> without a stored secret.</p>
    ${notices.map(([id, text]) => html`<p class="good" id="${id}" role="status" tabindex="-1">${text}</p>`)}
    <h2 id="publishers">Publishers</h2>
    ${
      publishers.length === 0
        ? html`<p class="soft">No repository publishes this project yet.</p>`
        : html`<ul class="plain">
            ${publishers.map((row) => publisherItem(row, issuers, token))}
          </ul>`
    }
    <h2 id="add">Add a publisher</h2>
    ${addForm(issuers, token, sent)} ${recordLists(content)}
  `
}

/** Titles of notices, by the fragment that shows them. */
const notices = [
  ['added', 'The publisher was added.'],
  ['removed', 'The publisher was removed. Its tokens are refused from now on.'],
  ['accepted', 'The new owner was accepted.'],
] as const

/** The fragment that shows what was done. */
export type Notice = (typeof notices)[number][0]

/** A page without a project: a refusal. */
export const refusalOf = (title: string, detail: string): Html =>
  html`<h1>${title}</h1>
    <p>${detail}</p>`

function publisherItem(row: Publisher, issuers: readonly PublisherIssuer[], token: string): Html {
  const { id, issuer, ownerId, repository, repositoryId, workflowFile, environment, createdAt, expiresAt, lastUsedAt } =
    row
  const title = issuers.find((each) => each.issuer === issuer)?.title ?? row.provider
  const facts: readonly (readonly [string, HtmlValue])[] = [
    ['Owner id', html`<code>${ownerId}</code>`],
    ['Repository id', repositoryId === undefined ? 'set by its first job' : html`<code>${repositoryId}</code>`],
    ['Workflow file', workflowFile === undefined ? 'any' : html`<code><bdi>${workflowFile}</bdi></code>`],
    ['Environment', environment === undefined ? 'any, or none' : html`<code><bdi>${environment}</bdi></code>`],
    ['Added', timeOf(createdAt)],
    ['Last used', lastUsedAt === undefined ? 'never' : timeOf(lastUsedAt)],
  ]
  return html`<li class="card" id="publisher-${id}">
    <header>
      <h3><bdi>${repository ?? `Repository ${repositoryId ?? ''}`}</bdi></h3>
      <span class="soft">${title}</span>
      ${expiresAt && html`<span class="tag">pending: first job before ${timeOf(expiresAt)}</span>`}
    </header>
    ${transferNote(row, token)}
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    <details>
      <summary>Remove<span class="soft"> …</span></summary>
      ${actionForm(
        'remove',
        row,
        token,
        html`<p>Its jobs are refused at once, whatever tokens they have.</p>
          <button class="danger">Remove <bdi>${repository ?? repositoryId}</bdi></button>`,
      )}
    </details>
  </li>`
}

function transferNote(row: Publisher, token: string): HtmlValue {
  const { transfer } = row
  if (transfer === undefined) return undefined
  const { ownerId, owner } = transfer
  return html`<div class="note">
    <p>
      This repository was transferred to
      ${
        owner &&
        html`<strong><bdi>${owner}</bdi></strong
          >, `
      }owner
      id <code>${ownerId}</code>. Its jobs are refused until you accept the new owner.
    </p>
    ${actionForm(
      'accept',
      row,
      token,
      html`<input type="hidden" name="ownerId" value="${ownerId}" /> <button>Accept the new owner</button>`,
    )}
  </div>`
}

const actionForm = (action: string, { id }: Publisher, token: string, content: Html): Html =>
  html`<form method="post">
    <input type="hidden" name="token" value="${token}" />
    <input type="hidden" name="action" value="${action}" />
    <input type="hidden" name="id" value="${id}" />
    ${content}
  </form>`
