/**
 * Counters in Prometheus' text format.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import type { KeyEvent, VerdictEvent } from '@jobpass/core'

/** The media type of the format. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>

/** Samples of one name. */
class Metric {
  readonly #head: string
  readonly #name: string
  readonly #values = new Map<string, number>()

  constructor(name: string, type: 'counter' | 'gauge', help: string) {
    this.#name = name
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  }

  add(labels: Labels): void {
    const written = write(labels)
    this.#values.set(written, (this.#values.get(written) ?? 0) + 1)
  }

  /** Leaves one sample with the value 1. */
  show(labels: Labels): void {
    this.#values.clear()
    this.add(labels)
  }

  toString(): string {
    return this.#head + Array.from(this.#values, ([labels, value]) => `${this.#name}${labels} ${value}\n`).join('')
  }
}

function write(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')}}`
}

const escape = (value: string): string =>
  value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)

/** The metrics of a guard. No label has a value that a caller chooses. */
export class Metrics {
  readonly #decisions = new Metric('jobpass_decisions_total', 'counter', 'Decisions, one for each layer.')
  readonly #keys = new Metric('jobpass_key_events_total', 'counter', 'Events about the keys of issuers.')
  readonly #reloads = new Metric('jobpass_policy_reloads_total', 'counter', 'New versions of the policy.')
  readonly #policy = new Metric('jobpass_policy_info', 'gauge', 'The version of the policy that is in force.')

  /** A guard decided. */
  decided({ layer, allowed, code, workload }: VerdictEvent, guard: string): void {
    const result = allowed ? 'allowed' : String(code)
    this.#decisions.add({ layer, result, provider: workload?.provider ?? 'none', guard })
  }

  /** Keys of an issuer were fetched, or something about them was noticed. */
  keys({ issuer, event }: KeyEvent): void {
    this.#keys.add({ issuer, event })
  }

  /** The policy changed, for the better or the worse. */
  reloaded(result: 'loaded' | 'rejected'): void {
    this.#reloads.add({ result })
  }

  /** A version of the policy is in force. */
  inForce(fingerprint: string): void {
    this.#policy.show({ fingerprint })
  }

  /** All of them as text. */
  toString(): string {
    return [this.#decisions, this.#keys, this.#reloads, this.#policy].join('')
  }
}
