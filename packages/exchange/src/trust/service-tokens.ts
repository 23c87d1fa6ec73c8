/** Trust in the tokens of a self-hosted exchange. */

import type { AnyWorkload, JSONWebKey, ProviderLike, RuleSettings, TrustRule, WorkloadFrom } from '@jobpass/core'
import {
  checkFetchUrl,
  checkIssuer,
  checkKeySet,
  fitsTemplate,
  issuerChecks,
  noStore,
  notMadeHere,
  providerForm,
  readOptions,
  readSettings,
  registerRule,
  settingsChecks,
  formatValue,
} from '@jobpass/core/internal'
import type { Awaitable, CompiledTable, IssuerExtension, Refusal, StoreOptions } from '@jobpass/core/internal'
import { possessionByCertificate } from './client-certificate.ts'
import type { CertificateOptions } from './client-certificate.ts'
import { possessionBy } from './dpop.ts'
import type { DpopOptions } from './dpop.ts'
import { jobReader } from './job-reader.ts'
import type { JobTable } from './job-reader.ts'
import { checkLookUp } from './look-up.ts'
import { checkProofOfPossession, isBearer } from './possession.ts'
import type { Possessions } from './possession.ts'
import { checkRevoked } from './revocation.ts'
import { serviceTable } from './service-table.ts'
import type { ServiceWorkload } from './service-table.ts'

/** Which tokens of an exchange to accept, and how to verify them. */
export interface ServiceTokenOptions<P extends ProviderLike = ProviderLike> {
  /**
   * CI systems whose tokens the service exchanges: providers, or providers bound to an issuer by
   * `.at()`.
   */
  readonly jobs: P | readonly P[]
  /** https: URL of the service's JWK set. Default: `/jwks` below the issuer. */
  readonly jwksUri?: string
  /** The service's public keys; nothing is fetched then. Default: they are fetched. */
  readonly keys?: readonly JSONWebKey[]
  /**
   * Fetches the keys, such as the `fetch` of an exchange in the same process. Default: the
   * verifier's.
   */
  readonly fetch?: typeof fetch
  /**
   * Accepts tokens that are bound to a key (RFC 9449), each with a proof made for the request. The
   * verifier needs a `replay` store. Default: bound tokens are refused.
   */
  readonly dpop?: DpopOptions
  /**
   * Accepts tokens that are bound to the client's certificate (RFC 8705), with the certificate that
   * the proxy in front of this API passes in a header. Default: such tokens are refused.
   */
  readonly certificate?: CertificateOptions
  /**
   * Checks, at each request, in the verifier's `replay` store whether the token or its run was
   * revoked. Default `false`.
   */
  readonly revocable?: boolean
  /** Allows an `http:` issuer on a loopback address, for tests. Default: not allowed. */
  readonly insecureLoopback?: true
}

type JobOf<P> = WorkloadFrom<P> extends infer W extends AnyWorkload ? W : never

const what = 'serviceTokens()'

const known = {
  jobs: true,
  jwksUri: true,
  keys: true,
  fetch: true,
  dpop: true,
  certificate: true,
  revocable: true,
  insecureLoopback: true,
} as const satisfies Record<keyof ServiceTokenOptions, true>

/**
 * Makes a trust rule for the tokens of an exchange. It admits any such token; each route checks the
 * scope with `viaExchange()`. The caller's `job` is the CI job.
 *
 * @throws {TypeError} that says what to write instead.
 *
 * @example
 * ```ts
 * const trust = serviceTokens('https://auth.acme.dev', { jobs: githubActions })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust }))
 * ```
 */
export function serviceTokens<P extends ProviderLike>(
  issuer: string,
  options: ServiceTokenOptions<P>,
  settings?: RuleSettings,
): TrustRule<ServiceWorkload<JobOf<P>>> {
  const given = readOptions<ServiceTokenOptions>(`${what}: its options`, options, known)
  const { insecureLoopback, keys, jwksUri = `${issuer}/jwks`, fetch, dpop, certificate, revocable = false } = given
  const bound = checkIssuer(issuer, insecureLoopback === true)
  if (keys === undefined) checkFetchUrl(`${what}: jwksUri`, jwksUri, insecureLoopback === true)
  else checkKeySet(`${what}: keys`, keys)
  if (keys !== undefined && (given.jwksUri !== undefined || fetch !== undefined))
    throw new TypeError(`${what}: with keys nothing is fetched; leave jwksUri and fetch out`)
  if (fetch !== undefined && typeof fetch !== 'function') throw new TypeError(`${what}: fetch must be a function`)
  if (typeof revocable !== 'boolean')
    throw new TypeError(`${what}: revocable must be true or false, not ${formatValue(revocable)}`)
  const possessions: Possessions = {
    ...(dpop !== undefined && { jkt: possessionBy(what, dpop, insecureLoopback === true) }),
    ...(certificate !== undefined && { 'x5t#S256': possessionByCertificate(what, certificate) }),
  }
  const jobTable = jobTables(given.jobs, bound)
  const extension: IssuerExtension = {
    jobReader: jobReader(jobTable),
    hintOn: (other) =>
      jobTable(other) &&
      `This is the token of the job itself: the job must exchange it at ${bound}, and send what it gets.`,
    ...(possessions.jkt?.algorithms && { proofAlgorithms: possessions.jkt.algorithms }),
    ...(possessions['x5t#S256'] && { isBearer }),
    checkOptions: (verifier) => checkStore(verifier, possessions, revocable),
    check: (token, deps) => {
      const revoked = (): Awaitable<Refusal | undefined> =>
        revocable ? checkRevoked(bound, token.identity, deps) : undefined
      if (!token.bound) return revoked()
      return checkProofOfPossession(token, possessions, deps).then((refusal) => refusal ?? revoked())
    },
  }
  const ruleSettings = readSettings(what, settings)
  return registerRule({
    table: serviceTable,
    issuers: [bound],
    checks: [...issuerChecks([bound]), ...settingsChecks(ruleSettings)],
    settings: ruleSettings,
    pinnedById: true,
    source: {
      ...(keys === undefined ? { jwksUri } : { keys }),
      ...(fetch && { fetch }),
      ...(insecureLoopback && { insecureLoopback }),
    },
    extension,
  })
}

/** Finds the table of a job by its issuer, among the configured CI systems. */
function jobTables(jobs: unknown, service: string): JobTable {
  const list: readonly unknown[] = Array.isArray(jobs) ? Array.from(jobs as unknown[]) : [jobs]
  const forms = list.map((each) => {
    const form = providerForm(each)
    if (form === undefined || (form.boundTo ?? form.table.table.issuer) === undefined)
      throw notMadeHere(
        each,
        `${what}: jobs takes providers, such as githubActions or gitlab.at('https://gitlab.acme.dev'), not ${formatValue(each)}`,
      )
    return form
  })
  if (forms.length === 0) throw new TypeError(`${what}: jobs is an empty list: name the CI systems of the jobs`)
  const fixed = new Map<string, CompiledTable>()
  for (const { table, boundTo = table.table.issuer as string } of forms) {
    if (boundTo === service)
      throw new TypeError(`${what}: jobs names the CI systems of the jobs, not the service itself`)
    if (fixed.has(boundTo)) throw new TypeError(`${what}: jobs names ${formatValue(boundTo)} twice`)
    fixed.set(boundTo, table)
  }
  const templates = forms.filter(({ boundTo, table }) => boundTo === undefined && table.tenant.length > 0)
  return (issuer) =>
    fixed.get(issuer) ?? templates.find(({ table }) => fitsTemplate(table.table.issuer as string, issuer))?.table
}

/** Throws if proofs or revocations must be looked up and the verifier has no store for that. */
function checkStore(options: StoreOptions, { jkt }: Possessions, revocable: boolean): void {
  if (jkt !== undefined && options.replay === undefined)
    throw new TypeError(`serviceTokens(): dpop: each proof can be used once. ${noStore}`)
  if (revocable) checkLookUp(options, 'serviceTokens({ revocable: true }) sees only what its own process revoked')
}
