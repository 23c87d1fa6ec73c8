/** How a field or a claim is compared. */

/** How values of one claim compare, whichever name it is addressed by. */
export interface Comparison {
  /** Name for messages: `branch`, `claims.ref`. */
  readonly label: string
  readonly type: 'string' | 'number' | 'boolean'
  readonly foldCase: boolean
  /** The separator of patterns; `undefined` where only exact values are taken. */
  readonly separator: string | undefined
  /** All the values there are, where there are no others; they take no patterns. */
  readonly values?: readonly string[] | undefined
}
