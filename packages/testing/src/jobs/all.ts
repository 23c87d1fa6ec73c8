export * from './endpoints.ts'
export * from './programs.ts'
export * from './variables.ts'
