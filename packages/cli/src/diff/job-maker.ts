/** Makes verified identities of jobs that a rule admits, by the jobs of the platform's fixture. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { decide } from '@jobpass/core'
import { inspectRule } from '@jobpass/policy'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing'
import type { MintableProvider, TestIssuer } from '@jobpass/testing'
import type { Presented } from '../explain/identify.ts'
import { identify } from '../explain/identify.ts'
import type { Claims } from '../explain/local-issuer.ts'
import type { Sample } from './samples.ts'

/** A job that was made. */
export interface MadeJob {
  /** Its claims. */
  readonly claims: Claims
  /** Its identity. */
  readonly workload: AnyWorkload
}

/** Values by field; those of raw claims by `claims.NAME`. */
export type Values = Readonly<Record<string, Sample>>

/** Makes jobs of one platform and issuer. */
export class JobMaker {
  readonly #issuer: TestIssuer<unknown>
  readonly #provider: AnyProvider
  readonly #iss: string | undefined

  private constructor(issuer: TestIssuer<unknown>, provider: AnyProvider, iss: string | undefined) {
    this.#issuer = issuer
    this.#provider = provider
    this.#iss = iss
  }

  /** A maker for the issuer of a rule without lists. */
  static async for(rule: TrustRule): Promise<JobMaker> {
    const { provider: id, issuers = [] } = inspectRule(rule)
    const provider = providerById(id) as AnyProvider
    const [iss] = issuers
    // An issuer with the tenant in it follows from the claims of the job.
    const own = iss !== undefined && !/\{\w+\}/.test(provider.issuer ?? '') && iss !== provider.issuer
    const issuer = await createTestIssuer(provider as MintableProvider, own ? { issuer: iss } : {})
    return new JobMaker(issuer, provider, own ? iss : undefined)
  }

  /** The kinds of jobs of the platform. */
  get triggers(): readonly string[] {
    return this.#issuer.triggers
  }

  /** A job of a kind with these values; `undefined` where the platform has no such job. */
  async make(trigger: string, values: Values, presented: Presented): Promise<MadeJob | undefined> {
    const given = Object.entries(values).map(([name, value]) => [name.replace(/^claims\./, ''), value] as const)
    let claims: Claims
    try {
      claims = this.#issuer.claims(Object.fromEntries(given), { trigger: trigger as never })
    } catch (error) {
      // A field that follows from several claims cannot be set.
      if (error instanceof TypeError) return undefined
      throw error
    }
    const iss = this.#iss ?? String(claims['iss'])
    const workload = await identify(claims, iss, this.#provider, presented)
    return workload && { claims, workload }
  }
}

/** Whether rules admit a job. */
export function admits(rules: readonly TrustRule[], { workload }: Pick<MadeJob, 'workload'>): boolean {
  return rules.length > 0 && decide(rules, workload).allowed
}
