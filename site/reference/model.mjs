/** The packages as typedoc sees them. */

import { fileURLToPath } from 'node:url'
import { Application, Converter } from 'typedoc'
import { arrange, sortPages } from './arrange.mjs'
import { entries, packages, root } from './entries.mjs'
import { internalTypes } from './internal-types.mjs'

/**
 * Reads the packages. Returns the application and its project, or `undefined` as the project after
 * an error or a warning, which was printed.
 */
export async function readPackages(options = {}) {
  const app = await Application.bootstrapWithPlugins({
    name: 'jobpass',
    entryPoints: entries.map(({ file }) => file),
    tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    // `npm run typecheck` does, with a newer compiler.
    skipErrorChecking: true,
    basePath: root,
    readme: 'none',
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    // Adapters export all of core.
    excludeReferences: true,
    preservedTypeAnnotationTags: ['@throws'],
    sort: ['source-order'],
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', 'Properties', 'Methods', '*'],
    // Paths are relative to the folder that all entries share.
    sourceLinkTemplate: 'https://github.com/jobpass/jobpass/blob/main/packages/{path}#L{line}',
    gitRevision: 'main',
    disableGit: true,
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
    packagesRequiringDocumentation: packages.map(([{ package: name }]) => name),
    intentionallyNotExported: internalTypes,
    // The variables of another middleware, in the result type of one line.
    intentionallyNotDocumented: ['hono.either.__type.Variables'],
    logLevel: 'Warn',
    ...options,
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => arrange(context), 1000)
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => sortPages(project), -1000)
  const project = await app.convert()
  if (project !== undefined) validate(app, project)
  return { app, project: app.logger.hasErrors() || app.logger.hasWarnings() ? undefined : project }
}

/** Validates every package. typedoc looks for types that are not exported in one package only. */
function validate(app, project) {
  const name = project.packageName
  app.options.setValue('validation', {
    notExported: false,
    invalidLink: true,
    notDocumented: true,
    rewrittenLink: true,
  })
  app.validate(project)
  app.options.setValue('validation', {
    notExported: true,
    invalidLink: false,
    notDocumented: false,
    rewrittenLink: false,
  })
  for (const [{ package: each }] of packages) {
    project.packageName = each
    const prefix = `${each}/`
    app.options.setValue(
      'intentionallyNotExported',
      internalTypes.filter((type) => type.startsWith(prefix)),
    )
    app.validate(project)
  }
  project.packageName = name
}
