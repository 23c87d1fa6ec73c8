/** The fields of a verified token: each is read when it is first asked for. */

import type { UnverifiedClaims } from '../model/token.ts'
import type { CompiledTable, FieldInput } from '../table/compile-table.ts'
import type { ReadClaims } from '../table/read-claims.ts'
import { withoutEmpty } from '../table/read-claims.ts'

/** The fields of one token. */
export class TokenFields implements FieldInput {
  readonly claims: UnverifiedClaims
  readonly read: ReadClaims
  readonly #table: CompiledTable
  /** The values that were read; `null` for a field without a value. */
  readonly #values: unknown[] = []
  #present: UnverifiedClaims | undefined

  constructor(claims: UnverifiedClaims, read: ReadClaims, table: CompiledTable) {
    this.claims = claims
    this.read = read
    this.#table = table
  }

  /** A copy of the claims for the functions of the table, which cannot change the token's. */
  get present(): UnverifiedClaims {
    this.#present ??= withoutEmpty(this.#table.rows, this.claims, this.read)
    return this.#present
  }

  /** The value of a field, by its position in `fieldList`. */
  at(index: number): unknown {
    const known = this.#values[index]
    if (known !== undefined) return known ?? undefined
    const value = this.#table.fieldList[index]?.read(this)
    this.#values[index] = value ?? null
    return value
  }
}
