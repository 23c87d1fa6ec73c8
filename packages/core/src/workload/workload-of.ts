/** The workload type of a provider, from its table. Types only. */

import type { ClaimsOf, Kinds } from '../table/claim-rows.ts'
import type { RegisteredClaims } from '../model/token.ts'
import type { VerifiedFields, CommonFields } from '../model/workload.ts'

// Common types for all providers: a flag becomes a boolean, a number decimal text, and `null` is
// absent.
type FieldValue<V> = V extends Kinds['flag'] ? boolean : V extends number ? string : V extends null ? undefined : V

type At<T, Path> = Path extends readonly [infer Head, ...infer Rest]
  ? Head extends keyof T
    ? At<NonNullable<T[Head]>, Rest> | (undefined extends T[Head] ? undefined : never)
    : never
  : T

type Read<C, Source> = Source extends (...claims: never[]) => infer Result
  ? Result
  : Source extends keyof C
    ? FieldValue<C[Source]>
    : Source extends readonly string[]
      ? FieldValue<At<C, Source>>
      : never

type KeyOf<I, Id extends string> = Id extends keyof I ? string : undefined

/**
 * The workload type of a provider's table: common fields narrowed to those in the table, typed
 * claims, and the table's own fields.
 */
export type WorkloadOf<Id extends string, C, I, R = unknown> = VerifiedFields &
  CommonFields & { readonly provider: Id; readonly claims: ClaimsOf<C, R> & RegisteredClaims } & {
    readonly [K in keyof I]: Read<ClaimsOf<C, R>, I[K]>
  } & {
    readonly ownerKey: KeyOf<I, 'ownerId'>
    readonly repositoryKey: KeyOf<I, 'repositoryId'>
  } & { readonly [K in Exclude<keyof CommonFields, keyof I | 'ownerKey' | 'repositoryKey'>]: undefined }
