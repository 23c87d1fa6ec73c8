/** The texts of the result. */

import { errorCodes } from '@jobpass/core'
import type { Verdict } from '@jobpass/core'
import type { View } from './evaluate.ts'
import type { RuleFault } from './rule-fault.ts'
import type { Answer } from './run.ts'

/** The first lines of the result. */
export interface Headline {
  readonly kind: 'allowed' | 'refused' | 'fault'
  /** A mark that does not depend on colours. */
  readonly mark: string
  readonly title: string
  readonly detail: string
}

/** The decision in a line, or what is missing for one. */
export function headlineOf({ pasted, read, outcome, fault }: View): Headline {
  const faulty = (title: string, detail: string): Headline => ({ kind: 'fault', mark: '!', title, detail })
  if ('faults' in read) return faulty('The rule has a fault', placeOf(read.faults[0]))
  if (pasted.fault !== undefined) return faulty('There are no claims', pasted.fault)
  if (fault !== undefined) return faulty('The verifier refuses these options', fault)
  const reporting = read.reporting === 0 ? '' : ` ${countOf(read.reporting)} only and so admit no call.`
  if (outcome === undefined) return faulty('No rule decides', `The rules report${reporting || ' nothing.'}`)
  const { code, answer, hint, verdict } = outcome
  if (code === undefined || answer === undefined)
    return { kind: 'allowed', mark: '✓', title: 'Allowed', detail: `Your route answers the call.${reporting}` }
  const detail = [errorCodes[code].detail, hint, failedOf(verdict)].filter(Boolean).join(' ')
  return { kind: 'refused', mark: '✗', title: `Refused: ${answer.status} ${code}`, detail: `${detail}${reporting}` }
}

/** The names of the checks that failed, of the nearest rule. */
function failedOf(verdict: Verdict | undefined): string {
  const failed = (verdict?.nearest?.checks ?? []).filter(({ passed }) => !passed).map(({ field }) => field)
  return failed.length === 0 ? '' : `What does not match: ${failed.join(', ')}.`
}

/** Where a fault is; the editor shows all faults in full. */
function placeOf(fault: RuleFault | undefined): string {
  if (fault?.line === undefined) return fault?.message ?? ''
  return `See line ${fault.line}, column ${fault.column}.`
}

function countOf(count: number): string {
  return count === 1 ? 'One rule does report' : `${count} rules report`
}

/** A refusal as it is sent. */
export function answerText({ status, headers, problem }: Answer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${problem.title}`, ...lines, '', JSON.stringify(problem, null, 2)].join('\n')
}
