/** For the tests of this repository only; not published. */

export { examine } from './explain/examine.ts'
export type { Examination, ExamineOptions } from './explain/examine.ts'
export { readCredential } from './explain/read-credential.ts'
export { comparePolicies } from './diff/compare.ts'
export { run } from '@stricli/core'
export { commandNames, makeApp } from './app.ts'
export type { Context } from './context.ts'
export { identityHeaders } from './serve/identity-headers.ts'
