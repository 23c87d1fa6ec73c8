/** How a field or a claim is compared. */

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
}
