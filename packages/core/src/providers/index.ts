export * from './buildkite.ts'
export * from './circleci.ts'
export * from './github-actions.ts'
export * from './gitlab.ts'
