/** The part of JSON Schema (draft 2020-12) that the schema of policies uses. Types only. */

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  /** Keywords of JSON Schema 2020-12. */
  readonly [keyword: string]: unknown
}
