/** For the tests of this repository only; not published. */

export * from './forge.ts'
export * from './deploy-api.ts'
export * from './programs.ts'
export * from './samples.ts'
