/** The hooks of a verifier, as OpenTelemetry records them. */

import type { KeyEvent, VerdictEvent } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import type { Counter, MeterProvider } from '@opentelemetry/api'
import { metrics, trace } from '@opentelemetry/api'
import { verdictAttributes, workloadAttributes } from './attributes.ts'

/** Options of `telemetryHooks()`. */
export interface TelemetryOptions {
  /**
   * The provider of the meter `@jobpass/opentelemetry`. Default: the global one when the first
   * event is recorded, so that the SDK may start after the app is made.
   */
  readonly meterProvider?: MeterProvider
}

/** Hooks for the options of a verifier. */
export interface TelemetryHooks {
  /** Records a decision. */
  readonly onVerdict: (event: VerdictEvent) => void
  /** Records an event about keys. */
  readonly onKeys: (event: KeyEvent) => void
}

interface Counters {
  readonly decisions: Counter
  readonly keyEvents: Counter
}

const optionNames: Readonly<Record<keyof TelemetryOptions, true>> = { meterProvider: true }

/**
 * Makes the hooks that record each decision and each event about keys.
 *
 * A decision is counted in `jobpass.decisions` (`{decision}`), by layer, outcome, code and
 * provider. It is also the event `jobpass.verdict` of the active span, which gets the attributes of
 * a caller that was admitted. Events about keys are counted in `jobpass.key.events` (`{event}`), by
 * issuer and kind.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/general/metrics/ and …/registry/attributes/cicd/
 *
 * @throws {TypeError} for an unknown option.
 * @example
 * ```ts
 * const trust = githubActions({ ownerId: '1234567' })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust, ...telemetryHooks() }))
 * ```
 */
export function telemetryHooks(options: TelemetryOptions = {}): TelemetryHooks {
  const { meterProvider } = readOptions<TelemetryOptions>('telemetryHooks()', options, optionNames)
  let made: Counters | undefined
  const counters = (): Counters => (made ??= createCounters(meterProvider ?? metrics.getMeterProvider()))
  return {
    onVerdict: (event) => {
      const { layer, allowed, code, workload, reported } = event
      counters().decisions.add(1, {
        'jobpass.layer': layer,
        'jobpass.allowed': allowed,
        ...(code !== undefined && { 'error.type': code }),
        ...(workload !== undefined && { 'jobpass.provider': workload.provider }),
        ...(reported !== undefined && { 'jobpass.reported.allowed': reported.allowed }),
      })
      const span = trace.getActiveSpan()
      span?.addEvent('jobpass.verdict', verdictAttributes(event))
      if (allowed && workload !== undefined) span?.setAttributes(workloadAttributes(workload))
    },
    onKeys: ({ issuer, event }) =>
      counters().keyEvents.add(1, { 'jobpass.issuer': issuer, 'jobpass.key.event': event }),
  }
}

function createCounters(provider: MeterProvider): Counters {
  const meter = provider.getMeter('@jobpass/opentelemetry')
  return {
    decisions: meter.createCounter('jobpass.decisions', {
      description: 'Decisions about calls: of the token, of trust, and of the rules of routes.',
      unit: '{decision}',
    }),
    keyEvents: meter.createCounter('jobpass.key.events', {
      description: 'Events about the keys of issuers, such as a failed fetch.',
      unit: '{event}',
    }),
  }
}
