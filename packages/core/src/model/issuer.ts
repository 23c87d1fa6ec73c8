/** Issuer strings, spelled exactly as in `iss`. */

import { formatValue, formatType, formatUrl } from '../util/format.ts'

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Whether a URL's host is a loopback address. */
export function isLoopback(hostname: string): boolean {
  return loopbackHosts.has(hostname) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/** Scheme, host, port and path of an issuer; a port has no leading zero. */
const spelling = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?(\/[^?#]*)?$/i
const maxIssuerLength = 256

/**
 * Checks an issuer: one https URL without user info, query and fragment, up to 256 characters. It
 * is kept as spelled, since tokens are compared with it as text: capitals, a default port and
 * percent escapes (Jenkins folders) remain.
 *
 * @throws {TypeError} that offers the right form.
 */
export function checkIssuer(issuer: unknown, insecureLoopback: boolean): string {
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) {
    throw new TypeError(`The issuer must be a URL such as 'https://gitlab.acme.dev', not ${formatUrl(issuer)}`)
  }
  const url = new URL(issuer)
  const secure = url.protocol === 'https:' || (insecureLoopback && url.protocol === 'http:' && isLoopback(url.hostname))
  if (!secure) {
    throw new TypeError(
      `The issuer ${formatUrl(issuer)} must be https: (http: is for a loopback address with insecureLoopback: true, in tests)`,
    )
  }
  if (!isSpelledPlainly(issuer, url)) {
    const path = url.pathname === '/' && !issuer.endsWith('/') ? '' : url.pathname.replaceAll(/\/{2,}/g, '/')
    throw new TypeError(
      `The issuer ${formatUrl(issuer)} must be spelled as in the token's iss, and be one URL of up to ${maxIssuerLength} characters without user info, query, ` +
        `fragment, pattern, dot segment or empty segment: ${formatValue(`${url.protocol}//${url.host}${path}`)}`,
    )
  }
  return issuer
}

function isSpelledPlainly(issuer: string, { protocol, hostname, pathname }: URL): boolean {
  const [, host = '', path = '/'] = spelling.exec(issuer) ?? []
  return (
    issuer.startsWith(protocol) &&
    host.toLowerCase() === hostname &&
    path === pathname &&
    !path.includes('//') &&
    !/[*{}]/.test(issuer) &&
    issuer.length <= maxIssuerLength
  )
}

/**
 * Checks a URL from which keys are fetched: https, or http on loopback where `insecureLoopback`
 * allows it.
 */
export function checkFetchUrl(what: string, value: unknown, insecureLoopback: boolean): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const secure =
    url?.protocol === 'https:' || (insecureLoopback && url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url === undefined || !secure || url.username !== '' || url.password !== '') {
    throw new TypeError(
      `${what} must be an https: URL without user info, not ${url === undefined ? formatType(value) : formatUrl(value)}`,
    )
  }
  return url
}

/**
 * The tenant fields of an issuer template: `'https://oidc.circleci.com/org/{ownerId}'` has
 * `ownerId`.
 */
export function tenantFields(template: string): readonly string[] {
  return Array.from(template.matchAll(/\{(\w+)\}/g), (match) => match[1] as string)
}

/** The issuer of a tenant. */
export function issuerOf(template: string, field: string, tenant: string): string {
  // A function, since `$` in a replacement text has a meaning.
  return template.replace(`{${field}}`, () => tenant)
}

/**
 * Whether an issuer belongs to a tenant of the template, so that `.at()` is the wrong way to it.
 */
export function fitsTemplate(template: string, issuer: string): boolean {
  const [before = '', after = ''] = template.split(/\{\w+\}/)
  const tenant = issuer.slice(before.length, issuer.length - after.length)
  return issuer.startsWith(before) && issuer.endsWith(after) && tenant !== '' && !tenant.includes('/')
}
