/** How the names of core are distributed over pages: by the file that declares them. */

/**
 * The pages of the main entry of core. A file is on the first page that lists it or a folder that
 * contains it, and a file on no page is an error.
 */
export const corePages = [
  {
    name: 'core/verifier',
    title: 'Verifier',
    intro: 'The verifier, its options, and the caller that a handler reads.',
    files: ['request', 'config', 'keys', 'token', 'util/clock.ts', 'adapter.ts', 'fetch-guard.ts'],
  },
  {
    name: 'core/rules',
    title: 'Rules',
    intro: 'Conditions, rules and verdicts.',
    files: ['rule', 'model/verdict.ts', 'provider/parse-rule.ts', 'provider/from-subject.ts'],
  },
  {
    name: 'core/workloads',
    title: 'Workloads',
    intro:
      'The identity of a caller, and the fields that each provider adds or narrows. Every workload also has the fields of `Types.VerifiedFields`; a common field that is not listed is `undefined`.',
    files: ['providers/workloads.ts', 'model/workload.ts', 'workload', 'model/token.ts'],
  },
  {
    name: 'core/providers',
    title: 'Providers',
    intro: 'The CI systems and platforms, and tables for others.',
    files: ['providers', 'provider', 'table', 'model/value-shape.ts'],
  },
  {
    name: 'core/replay',
    title: 'One-time use',
    intro: 'Tokens that may be used only once, and the stores that remember them.',
    files: ['replay', 'model/replay-store.ts'],
  },
  {
    name: 'core/refusals',
    title: 'Refusals',
    intro: 'What a refused caller reads, and what the operator does.',
    files: ['response', 'explain', 'model/error-codes.ts', 'model/refusal.ts', 'model/verdict-event.ts'],
  },
  {
    name: 'core/endpoints',
    title: 'Endpoints',
    intro: 'Endpoints that work in every framework.',
    files: ['http'],
  },
]

/** The page of a declaration: the workloads share files with their providers. */
export function pageOf(name, file) {
  if (/^\w+Workload$/.test(name) && file.startsWith('providers/')) return 'core/workloads'
  const page = corePages.find(({ files }) => files.some((each) => file === each || file.startsWith(`${each}/`)))
  if (page === undefined) throw new Error(`pages.mjs has no page for ${name} of ${file}`)
  return page.name
}

/** The title of a page. A page of core is no module that can be imported. */
export function titleOf(name) {
  const page = corePages.find((each) => each.name === name)
  return page === undefined ? `@jobpass/${name}` : `@jobpass/core: ${page.title}`
}
