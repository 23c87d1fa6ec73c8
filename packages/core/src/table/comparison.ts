/** How a field or a claim is compared. */

import type { Shape } from '../model/value-shape.ts'

/** How values of one claim compare, by whichever name a rule refers to it. */
export interface Comparison {
  /** The name for messages: `branch`, `claims.ref`. */
  readonly label: string
  /** The JSON type of values. */
  readonly type: 'string' | 'number' | 'boolean'
  /** Whether ASCII letter case is ignored. */
  readonly foldCase: boolean
  /** The separator of patterns; `undefined` where only exact values are taken. */
  readonly separator: string | undefined
  /** All values, where there are no others; such claims take no patterns. */
  readonly values?: readonly string[] | undefined
  /** What values look like, where it is known. */
  readonly form?: ValueForm | undefined
}

/** What the values of a field look like. */
export interface ValueForm {
  /** The name of the field. */
  readonly field: string
  /** Their shape. */
  readonly shape: Shape | undefined
  /** For an id: the field with the name of the same thing, if there is one. */
  readonly name: string | undefined
  /** Beginnings that no value has, each with the field that such runs have instead. */
  readonly never: Readonly<Record<string, string>>
}
