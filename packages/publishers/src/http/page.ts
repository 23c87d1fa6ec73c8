/** The settings page: publishers of a project as HTML, without scripts. */

import type { Endpoint, EndpointAnswer } from '@jobpass/core'
import { digestBytes, readOptions } from '@jobpass/core/internal'
import type { NewPendingPublisher, NewPublisher } from '../model/publisher.ts'
import { InvalidPublisher, TooManyPublishers } from '../model/invalid-publisher.ts'
import type { FormTokens } from './forgery.ts'
import { formTokens, isCrossSite, isFromBrowser } from './forgery.ts'
import type { Sent } from './form-view.ts'
import { sentFields } from './form-view.ts'
import type { Html } from './html.ts'
import { html, Html as MarkedUp } from './html.ts'
import type { ManagedRequest, Mounted, PublisherEndpointOptions } from './mount.ts'
import { answerAt, endpointOptions, isRead, readMount } from './mount.ts'
import { readOverview } from './overview.ts'
import type { Problem } from './problem.ts'
import { problems, shared } from './problem.ts'
import type { Members } from './read-body.ts'
import { isProblem, readBody } from './read-body.ts'
import { style } from './style.ts'
import type { Notice, PageContent } from './view.ts'
import { pageOf, refusalOf } from './view.ts'

/** The options of the settings page. */
export interface PublisherPageOptions extends PublisherEndpointOptions {
  /**
   * Makes the tokens of forms, so that other sites cannot send them: at least 32 random bytes, as
   * bytes or text, the same in all processes.
   */
  readonly secret: string | Uint8Array
}

const options = { ...endpointOptions, secret: true } as const satisfies Record<keyof PublisherPageOptions, true>

/**
 * Makes the settings page of a project, at `path` (default `/settings/publishers`) followed by `/`
 * and the percent-encoded project: its publishers, and the last uses, refusals and changes.
 *
 * It has no script. A form is accepted from the same origin only, with a token of the session. The
 * cookie of your session should be `SameSite=Lax` or `Strict`, too.
 *
 * @throws {TypeError} that says what to write.
 * @example
 * ```ts
 * const { FORM_SECRET = '' } = process.env // openssl rand -base64 32
 * const page = publisherPage({
 *   publishers,
 *   origin: 'https://packages.example',
 *   secret: FORM_SECRET,
 *   authorize: (request, project) => managerOf(request.headers('cookie'), project),
 * })
 * app.use(endpoints(page))
 * ```
 */
export function publisherPage(given: PublisherPageOptions): Endpoint {
  const what = 'publisherPage()'
  const { secret, ...others } = readOptions<PublisherPageOptions>(what, given, options)
  const mount = readMount(what, others, '/settings/publishers')
  const tokens = formTokens(secret)
  return Object.freeze({
    answer: (request) =>
      answerAt(mount, request, {
        answer: (managed) => answer(managed, mount, tokens),
        refuse: (problem) => refusalPage(problem),
      }),
  } satisfies Endpoint)
}

async function answer(managed: ManagedRequest, mount: Mounted, tokens: FormTokens): Promise<EndpointAnswer> {
  const { request, rest } = managed
  if (rest.length > 0) return refusalPage(problems.unknown)
  if (isRead(request)) return show(managed, mount, tokens, undefined)
  if (request.method !== 'POST') return refusalPage({ ...problems.method, headers: { Allow: 'GET, HEAD, POST' } })
  if (isCrossSite(request, mount.origin) || !isFromBrowser(request)) return refusalPage(problems.forged)
  const form = await readBody(request, 'application/x-www-form-urlencoded')
  if (isProblem(form)) return refusalPage(form)
  if (!(await tokens.isFor(managed.session, form['token']))) return refusalPage(problems.forged)
  return act(form, managed, mount, tokens)
}

async function act(
  form: Members,
  managed: ManagedRequest,
  mount: Mounted,
  tokens: FormTokens,
): Promise<EndpointAnswer> {
  const { publishers } = mount
  const { action, id, ownerId } = form
  if (action === 'add') return add(form, managed, mount, tokens)
  if (typeof id !== 'string') return refusalPage(problems.malformed)
  const which = { ...managed.managed, id }
  if (action === 'remove') return changed(await publishers.remove(which), 'removed', managed, mount)
  if (action === 'accept' && typeof ownerId === 'string')
    return changed(await publishers.acceptTransfer({ ...which, ownerId }), 'accepted', managed, mount)
  return refusalPage(problems.malformed)
}

async function add(
  form: Members,
  managed: ManagedRequest,
  mount: Mounted,
  tokens: FormTokens,
): Promise<EndpointAnswer> {
  const values = Object.fromEntries(
    sentFields.flatMap((name) => {
      const value = form[name]
      return typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()]] : []
    }),
  )
  const publisher = { ...values, ...managed.managed } as unknown
  try {
    if (values['repositoryId'] === undefined) await mount.publishers.addPending(publisher as NewPendingPublisher)
    else await mount.publishers.add(publisher as NewPublisher)
  } catch (failure) {
    if (!(failure instanceof InvalidPublisher)) throw failure
    const { status } = failure instanceof TooManyPublishers ? problems.tooMany : problems.invalid
    return show(managed, mount, tokens, { values, faults: failure.faults, status })
  }
  return changed(true, 'added', managed, mount)
}

/** After a change, the browser loads the page again, so that reloading it repeats nothing. */
async function changed(
  existed: boolean,
  notice: Notice,
  { managed }: ManagedRequest,
  { path }: Mounted,
): Promise<EndpointAnswer> {
  if (!existed) return refusalPage(problems.unknownPublisher)
  const location = `${path}/${encodeURIComponent(managed.project)}#${notice}`
  return { status: 303, headers: { ...shared, Location: location }, body: '' }
}

async function show(
  { managed, session }: ManagedRequest,
  { publishers }: Mounted,
  tokens: FormTokens,
  sent: (Sent & { readonly status: number }) | undefined,
): Promise<EndpointAnswer> {
  const content: PageContent = {
    project: managed.project,
    ...(await readOverview(publishers, managed)),
    issuers: publishers.issuers,
    token: await tokens.issue(session),
    sent,
  }
  const title = `${sent === undefined ? '' : 'Error: '}Trusted publishers of ${managed.project}`
  return document(sent?.status ?? 200, title, pageOf(content))
}

const refusalPage = ({ status, title, detail, headers }: Problem): Promise<EndpointAnswer> =>
  document(status, title, refusalOf(title, detail), headers)

async function document(
  status: number,
  title: string,
  body: Html,
  headers?: Readonly<Record<string, string>>,
): Promise<EndpointAnswer> {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8', ...(await policy()), ...headers },
    body: text,
  }
}

// The policy has the digest of every character between the tags.
const styleElement = new MarkedUp(`<style>${style}</style>`)

/** Headers of pages. With `no-referrer`, browsers would not state the origin of forms. */
async function policy(): Promise<Readonly<Record<string, string>>> {
  const digest = (await digestBytes(new TextEncoder().encode(style))).replaceAll('-', '+').replaceAll('_', '/')
  const rules = [
    "default-src 'none'",
    `style-src 'sha256-${digest}='`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    ...shared,
    'Content-Security-Policy': rules.join('; '),
    'Referrer-Policy': 'same-origin',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
}
