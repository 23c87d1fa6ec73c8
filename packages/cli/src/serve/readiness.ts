/** Whether a guard has what it needs: a policy, and keys of the issuers that it trusts. */

import type { Verifier } from '@jobpass/core'

type KeyReports = Awaited<ReturnType<Verifier['ready']>>

/** The keys that are there. Issuers are asked again until each has some. */
export class Readiness {
  #verifier: Pick<Verifier, 'ready'> | undefined
  #asking = false
  #reports: KeyReports = []
  #ready = false

  /** Fetches the keys of the issuers of a verifier that have none. */
  follow(verifier: Pick<Verifier, 'ready'>): void {
    this.#verifier = verifier
    this.#asking = true
    void this.#ask(verifier)
  }

  async #ask(verifier: Pick<Verifier, 'ready'>): Promise<void> {
    const reports = await verifier.ready()
    if (this.#verifier !== verifier) return
    this.#asking = false
    this.#reports = reports
    this.#ready ||= reports.some(({ ready }) => ready)
  }

  /**
   * Whether the keys of an issuer have been fetched. It stays so: an outage of one issuer later
   * must not take the jobs of all others out of service.
   */
  get ready(): boolean {
    if (!this.#asking && this.#verifier !== undefined && this.#reports.some(({ ready }) => !ready))
      this.follow(this.#verifier)
    return this.#ready
  }

  /** Each issuer, and whether it has keys. Reasons are for the log: they name internal hosts. */
  get issuers(): readonly { readonly issuer: string; readonly ready: boolean }[] {
    return this.#reports.map(({ issuer, ready }) => ({ issuer, ready }))
  }
}
