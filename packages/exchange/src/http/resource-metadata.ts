/** Protected resource metadata (RFC 9728): where clients get tokens for this API. */

import type { Endpoint, EndpointAnswer } from '@jobpass/core'
import { asymmetric, checkFetchUrl, checkIssuer, readOptions, formatValue, formatUrl } from '@jobpass/core/internal'
import { isScope } from '../trust/scope.ts'

/** The metadata of this API (RFC 9728 §2), for the document and for the verifier's option. */
export interface ResourceMetadata {
  /**
   * Identifier of this API: an https: URL without query or fragment, in the normalized spelling of
   * browsers.
   */
  readonly resource: string
  /**
   * Issuers (`iss`) of the authorization servers that issue tokens for this API. Default: not
   * stated.
   */
  readonly authorizationServers?: readonly string[]
  /** Scopes that clients can request (RFC 6749 §3.3). Default: not stated. */
  readonly scopes?: readonly string[]
  /** Human-readable name of this API. Default: not stated. */
  readonly name?: string
  /** https: URL of a page for developers. Default: not stated. */
  readonly documentation?: string
  /**
   * Which DPoP proofs are accepted, and whether tokens must be bound to a key (RFC 9449). Default:
   * not stated.
   */
  readonly dpop?: {
    /**
     * Signature algorithms of proofs, such as `'ES256'`; never a symmetric one. Default: not
     * stated.
     */
    readonly algorithms?: readonly string[]
    /** Whether every token must be bound. Default: not stated, and clients assume `false`. */
    readonly required?: boolean
  }
  /**
   * Allows `http:` for loopback addresses: tests and local development only. Default: not allowed.
   */
  readonly insecureLoopback?: true
}

/** The endpoint of the document; also the value of the verifier's option `resourceMetadata`. */
export interface MetadataEndpoint extends Endpoint {
  /** https: URL of the document. */
  readonly url: string
  /** Scopes that clients can request, for challenges. */
  readonly scopes?: readonly string[]
}

/** The validated option. */
export interface MetadataDocument {
  /** https: URL of the document. */
  readonly url: string
  /** Members of the document (RFC 9728 §2). */
  readonly members: Readonly<Record<string, unknown>>
}

const names = {
  resource: true,
  authorizationServers: true,
  scopes: true,
  name: true,
  documentation: true,
  dpop: true,
  insecureLoopback: true,
} as const satisfies Record<keyof ResourceMetadata, true>

/**
 * Makes the endpoint of the metadata document, at `/.well-known/oauth-protected-resource` followed
 * by the path of `resource`; proxies must pass that path through. Mount it before `workloadAuth`:
 * clients without a token need it.
 *
 * @throws {TypeError} that says what to write.
 *
 * @example
 * ```ts
 * const metadata = resourceMetadata({
 *   resource: 'https://api.acme.dev',
 *   authorizationServers: ['https://auth.acme.dev'],
 * })
 * app.use(endpoints(metadata))
 * app.use(
 *   workloadAuth({
 *     audience: 'https://api.acme.dev',
 *     trust: githubActions({ ownerId: '1234567' }),
 *     resourceMetadata: metadata,
 *   }),
 * )
 * ```
 */
export function resourceMetadata(options: ResourceMetadata): MetadataEndpoint {
  const { url, members } = readResourceMetadata(options)
  const { pathname } = new URL(url)
  const shared = { 'Access-Control-Allow-Origin': '*' }
  const document: EndpointAnswer = {
    status: 200,
    headers: { ...shared, 'Content-Type': 'application/json', 'Cache-Control': 'max-age=3600' },
    body: JSON.stringify(members),
  }
  const otherMethod: EndpointAnswer = { status: 405, headers: { ...shared, Allow: 'GET, HEAD' }, body: '' }
  return Object.freeze({
    url,
    ...(options.scopes !== undefined && { scopes: [...options.scopes] }),
    answer: ({ path, method }) => {
      if (path !== pathname) return undefined
      return method === 'GET' || method === 'HEAD' ? document : otherMethod
    },
  } satisfies MetadataEndpoint)
}

/** Validates the option. Throws a `TypeError` that says what to write. */
export function readResourceMetadata(options: unknown): MetadataDocument {
  const given = readOptions<ResourceMetadata>('resourceMetadata', options, names)
  const { insecureLoopback } = given as { readonly insecureLoopback?: unknown }
  const loopback = insecureLoopback === true
  if (insecureLoopback !== undefined && !loopback)
    throw new TypeError('resourceMetadata: insecureLoopback is true, or left out')
  const { protocol, host, pathname } = checkResource(given.resource, loopback)
  const { algorithms, required } = checkDpop(given.dpop)
  checkList('authorizationServers', given.authorizationServers, (issuer) => checkIssuer(issuer, loopback))
  checkList('scopes', given.scopes, checkScope)
  if (given.name !== undefined && (typeof given.name !== 'string' || given.name.trim() === ''))
    throw new TypeError(`resourceMetadata: name is a text, such as 'Deploy API', not ${formatValue(given.name)}`)
  if (given.documentation !== undefined) checkFetchUrl('resourceMetadata: documentation', given.documentation, loopback)
  const members = {
    resource: given.resource,
    authorization_servers: given.authorizationServers,
    scopes_supported: given.scopes,
    bearer_methods_supported: ['header'],
    resource_name: given.name,
    resource_documentation: given.documentation,
    dpop_signing_alg_values_supported: algorithms,
    dpop_bound_access_tokens_required: required,
  }
  return {
    // RFC 9728 §3.1: inserted between host and path; a path of only a slash is omitted.
    url: `${protocol}//${host}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`,
    members: Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)),
  }
}

function checkResource(resource: unknown, loopback: boolean): URL {
  const what = 'resourceMetadata: resource'
  if (resource === undefined) throw new TypeError(`${what} is missing: name this API, such as 'https://api.acme.dev'`)
  const url = checkFetchUrl(what, resource, loopback)
  const right = `${url.origin}${url.pathname}`
  // Normalized URLs are ASCII without quotes, so the value can go into a header unescaped.
  if (resource !== right && `${resource as string}/` !== right) {
    throw new TypeError(
      `${what} ${formatUrl(resource)} must be spelled as browsers do, without query and fragment: ${formatValue(right)}`,
    )
  }
  return url
}

function checkList(name: string, list: unknown, check: (item: unknown) => void): void {
  if (list === undefined) return
  if (!Array.isArray(list) || list.length === 0)
    throw new TypeError(`resourceMetadata: ${name} is a list that is not empty, or left out, not ${formatValue(list)}`)
  Array.from(list as readonly unknown[]).forEach(check)
}

function checkScope(scope: unknown): void {
  if (!isScope(scope)) {
    throw new TypeError(
      `resourceMetadata: scopes are printable ASCII without space, quote or backslash, such as 'deploy:write', not ${formatValue(scope)}`,
    )
  }
}

function checkDpop(given: unknown): NonNullable<ResourceMetadata['dpop']> {
  if (given === undefined) return {}
  const dpop = readOptions<ResourceMetadata['dpop'] & {}>('resourceMetadata.dpop', given, {
    algorithms: true,
    required: true,
  })
  const { algorithms, required } = dpop
  if (algorithms === undefined && required === undefined)
    throw new TypeError('resourceMetadata.dpop says nothing: give it algorithms or required, or leave it out')
  if (required !== undefined && typeof required !== 'boolean')
    throw new TypeError(`resourceMetadata.dpop: required must be true or false, not ${formatValue(required)}`)
  checkList('dpop.algorithms', algorithms, (algorithm) => {
    if (!asymmetric.has(algorithm as string)) {
      throw new TypeError(
        `resourceMetadata: dpop.algorithms are of ${[...asymmetric].join(', ')}, not ${formatValue(algorithm)}`,
      )
    }
  })
  return dpop
}
