/** Findings of the readers, and readings that grant nothing. */

import type { ImportFinding, Reading } from '../model.ts'

/** Collects the findings of a reader, each once. */
export class Findings {
  readonly #found = new Map<string, ImportFinding>()

  /** All findings, in the order in which they were found. */
  get all(): readonly ImportFinding[] {
    return [...this.#found.values()]
  }

  /** Adds a finding, unless there is one like it. */
  add(finding: ImportFinding): void {
    const key = JSON.stringify([finding.level, finding.where, finding.message])
    if (!this.#found.has(key)) this.#found.set(key, finding)
  }

  /** Adds a finding of a part that is not translated. */
  refuse(where: string, message: string, fix: string): void {
    this.add({ level: 'refused', where, message, fix })
  }
}

/** A reading that grants nothing, for one reason. */
export function refusedReading(where: string, message: string, fix: string): Reading {
  return { grants: [], findings: [{ level: 'refused', where, message, fix }] }
}
