/**
 * Lets tests see which step of a route refused a request, whatever the app answers: its error
 * handler may hide the code of a refusal.
 */

import type { RefusalCode } from '../model/refusal.ts'

/** A refusal, as a test sees it. */
export interface SeenRefusal {
  /** The step that refused. */
  readonly by: 'workloadAuth' | 'requireWorkload'
  /** The code of the refusal. */
  readonly code: RefusalCode
}

let listener: ((seen: SeenRefusal) => void) | undefined

/** Calls back for every refusal of this process. Only one test at a time may watch. */
export function watchRefusals(next: ((seen: SeenRefusal) => void) | undefined): void {
  listener = next
}

/** Reports a refusal to the test that watches, if there is one. */
export function reportRefusal(by: SeenRefusal['by'], code: RefusalCode): void {
  listener?.({ by, code })
}
