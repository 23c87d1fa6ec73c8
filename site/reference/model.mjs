/** The packages as typedoc sees them, arranged for readers. */

import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Application,
  Comment,
  Converter,
  DeclarationReflection,
  IntrinsicType,
  QueryType,
  ReferenceType,
  ReflectionKind,
  UnknownType,
} from 'typedoc'
import ts from 'typescript'
import { entriesOf, packageNames, root } from './entries.mjs'
import { computedTypes, internalTypes } from './internal-types.mjs'
import { corePages, pageOf } from './pages.mjs'

const packages = packageNames(readdirSync(join(root, 'packages'))).map((folder) => entriesOf(folder))
const entries = packages.flat()

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

/** The title of a page. A page of core is no module that can be imported. */
export function titleOf(name) {
  const page = corePages.find((each) => each.name === name)
  return page === undefined ? `@jobpass/${name}` : `@jobpass/core: ${page.title}`
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

function arrange(context) {
  const { project } = context
  nameModules(project)
  for (const reflection of Object.values(project.reflections)) {
    if (/^\w+Workload$/.test(reflection.name) && fileOf(reflection).startsWith('packages/core/src/providers/'))
      describeWorkload(context, reflection)
  }
  describeWorkloads(project)
  omitSharedFields(project)
  hideComputations(project)
  nameConditions(project)
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.comment !== undefined) nameErrors(reflection.comment)
    if (reflection.name === 'fetch' && reflection.kindOf(ReflectionKind.Property)) nameFetch(project, reflection)
    if (reflection.name === '__namedParameters') reflection.name = parameterName(reflection.type)
  }
  splitCore(project)
  listReexports(project)
}

/** The file that declares a reflection, relative to the root. */
function fileOf(reflection) {
  const source = reflection.sources?.[0] ?? reflection.signatures?.[0]?.sources?.[0]
  return source === undefined ? '' : relative(root, source.fullFileName)
}

/** Names modules as programs import them, without the scope. */
function nameModules(project) {
  for (const module of project.children ?? []) {
    const { name } = entries.find(({ file }) => relative(root, file) === fileOf(module))
    module.name = name
  }
}

/** Distributes the names of core, those of its namespace `Types` included, over pages. */
function splitCore(project) {
  const core = project.children.find(({ name }) => name === 'core')
  const adapter = project.children.find(({ name }) => name === 'core/adapter')
  const types = core.children.find(({ name }) => name === 'Types')
  const modules = new Map(
    corePages.map(({ name, intro }) => {
      const module = new DeclarationReflection(name, ReflectionKind.Module, project)
      module.comment = new Comment([{ kind: 'text', text: intro }])
      project.registerReflection(module, undefined, undefined)
      project.addChild(module)
      return [name, module]
    }),
  )
  // A copy, since moving a child takes it off the list.
  for (const child of types.children.slice()) {
    move(project, child, modules.get(pageOf(child.name, coreFile(child))))
    child.name = `Types.${child.name}`
  }
  project.removeReflection(types)
  // Typedoc counts `getWorkload` among the names of the file that declares it.
  const shared = adapter.children.filter(({ name }) => name === 'getWorkload')
  for (const child of [...core.children, ...shared])
    move(project, child, modules.get(pageOf(child.name, coreFile(child))))
  project.removeReflection(core)
}

const coreFile = (reflection) => relative('packages/core/src', fileOf(reflection))

const places = [...corePages, ...entries].map(({ name }) => name)
const placeOf = ({ name }) => places.indexOf(name)

function move(project, reflection, module) {
  reflection.parent.removeChild(reflection)
  reflection.parent = module
  module.addChild(reflection)
}

/** Leaves the fields that a provider adds or narrows, and the names of its claims. */
function describeWorkload(context, workload) {
  for (const field of workload.children.slice()) {
    if (field.type instanceof IntrinsicType && field.type.name === 'undefined') context.project.removeReflection(field)
    else if (isVerifiedField(field)) context.project.removeReflection(field)
    else if (field.name === 'claims') nameClaims(context, field)
    else if (field.name === 'provider') field.comment = text('The id of the provider.')
    else if (field.comment === undefined) field.comment = sourceOf(context, field)
  }
  delete workload.extendedTypes
}

function isVerifiedField(field) {
  return fileOf(field) === 'packages/core/src/model/workload.ts' && verifiedFields.has(field.name)
}

const verifiedFields = new Set(['issuer', 'subject', 'audience', 'issuedAt', 'expiresAt'])

function nameClaims(context, field) {
  const names = new Set()
  field.type.visit({
    intersection: ({ types }) =>
      types.forEach((type) => type.visit({ reflection: ({ declaration }) => collect(declaration) })),
    reflection: ({ declaration }) => collect(declaration),
  })
  function collect(declaration) {
    for (const { name } of declaration.children ?? []) names.add(name)
  }
  const listed = [...names].map((name) => `\`${name}\``).join(', ')
  removeMembers(context.project, field.type)
  field.type = new IntrinsicType('object')
  field.comment = text(`The raw claims, as issued${listed === '' ? '' : `: ${listed}`}.`)
}

/** The claim that a field of a provider's table is read from. */
function sourceOf(context, field) {
  const [declaration] = context.getSymbolFromReflection(field)?.declarations ?? []
  if (declaration === undefined || !ts.isPropertyAssignment(declaration)) return undefined
  const { initializer } = declaration
  const path = ts.isArrayLiteralExpression(initializer) ? initializer.elements : [initializer]
  if (!path.every((part) => ts.isStringLiteral(part))) return undefined
  return text(`The claim \`${path.map(({ text: name }) => name).join('.')}\`.`)
}

/** Writes `@throws {TypeError} for …` as text, several in one list. */
function nameErrors(comment) {
  const throws = comment.blockTags.filter(
    ({ tag, typeAnnotation }) => tag === '@throws' && typeAnnotation !== undefined,
  )
  if (throws.length === 0) return
  const items = throws.map(({ typeAnnotation, content }) => {
    const [, type] = /^\{(\w+)\}$/.exec(typeAnnotation)
    return [{ kind: 'text', text: `${throws.length > 1 ? '- ' : ''}\`${type}\` ` }, ...trimmed(content)]
  })
  const [first] = throws
  first.content = items.flatMap((item, index) => (index === 0 ? item : [{ kind: 'text', text: '\n' }, ...item]))
  for (const tag of throws) delete tag.typeAnnotation
  comment.blockTags = comment.blockTags.filter((tag) => tag === first || !throws.includes(tag))
}

/** Comment text without the line break at its end. */
function trimmed(content) {
  const last = content.at(-1)
  return last?.kind === 'text' ? [...content.slice(0, -1), { ...last, text: last.text.trimEnd() }] : content
}

/** The name of a parameter that is taken apart in the parameter list. */
function parameterName({ name = 'given' }) {
  return name.endsWith('Options') ? 'options' : name.charAt(0).toLowerCase() + name.slice(1)
}

/** `typeof fetch` as it is written, instead of its two signatures. */
function nameFetch(project, property) {
  if (property.type?.type !== 'reflection') return
  removeMembers(project, property.type)
  property.type = new QueryType(ReferenceType.createBrokenReference('fetch', project, 'typescript'))
}

/** Links from an entry that exports all names of another one to the pages of those. */
function listReexports(project) {
  const byName = (name) => project.children.find((module) => module.name === name)
  for (const { name, file } of entries) {
    const module = byName(name)
    const [, from] = module === undefined ? [] : (/^export \* from '([^']+)'$/m.exec(readFileSync(file, 'utf8')) ?? [])
    if (from === undefined || from.startsWith('./lint')) continue
    const other = from.startsWith('.') ? entries[entries.findIndex((each) => each.name === name) - 1].name : 'core'
    const pages = other === 'core' ? corePages.map((page) => [page.title, page.name]) : [[`@jobpass/${other}`, other]]
    const links = pages.flatMap(([title, page], index) => [
      { kind: 'text', text: index === 0 ? '' : ', ' },
      { kind: 'inline-tag', tag: '@link', text: title, target: byName(page) },
    ])
    const intro = other === 'core' ? 'Also exports all names of `@jobpass/core`: ' : 'Also exports all names of '
    module.comment.summary.push({ kind: 'text', text: `\n\n${intro}` }, ...links, { kind: 'text', text: '.' })
  }
}

/** Sorts pages by package, and their names by the alphabet, those of the namespace `Types` last. */
function sortPages(project) {
  project.children.sort((a, b) => placeOf(a) - placeOf(b))
  for (const group of project.groups ?? []) group.children.sort((a, b) => placeOf(a) - placeOf(b))
  const key = ({ name }) => `${name.startsWith('Types.') ? 1 : 0}${name.toLowerCase()}`
  for (const module of project.children)
    for (const group of module.groups ?? []) group.children.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Says of each provider id whose workloads it marks. */
function describeWorkloads(project) {
  const workloads = project.getReflectionsByKind(ReflectionKind.Interface).find(({ name }) => name === 'Workloads')
  for (const member of workloads.children) {
    const target = member.type instanceof ReferenceType ? member.type.reflection : undefined
    const summary = target?.comment?.summary.map((part) => part.text).join('')
    if (summary !== undefined) member.comment = text(/^.*?\.(?=\s|$)/s.exec(summary)?.[0] ?? summary)
    // Of the jobs of all providers, which would be named one by one.
    if (target?.name === 'ServiceWorkload') delete member.type.typeArguments
  }
}

/** Every workload has these fields; the interfaces that declare them list them. */
function omitSharedFields(project) {
  for (const { name, children = [] } of project.getReflectionsByKind(ReflectionKind.Interface)) {
    if (name === 'VerifiedFields' || name === 'CommonFields') continue
    for (const child of children.filter(({ inheritedFrom }) =>
      /\b(?:Verified|Common)Fields\./.test(inheritedFrom?.name),
    ))
      project.removeReflection(child)
  }
}

/** Leaves the comments of computed types; unknown names in their list are errors. */
function hideComputations(project) {
  const aliases = project.getReflectionsByKind(ReflectionKind.TypeAlias)
  for (const name of computedTypes) {
    const alias = aliases.find((each) => each.name === name)
    if (alias === undefined) throw new Error(`internal-types.mjs names ${name}, which is no exported type alias`)
    removeMembers(project, alias.type)
    alias.type = new UnknownType('…')
  }
}

/** In inherited members, the compiler has already resolved `Conditions` to its computation. */
function nameConditions(project) {
  const conditions = project.getReflectionsByKind(ReflectionKind.TypeAlias).find(({ name }) => name === 'Conditions')
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (parameter.type?.name !== 'ConditionsOf') continue
    const { typeArguments } = parameter.type
    parameter.type = ReferenceType.createResolvedReference('Conditions', conditions, project)
    parameter.type.typeArguments = typeArguments
  }
}

/** Removes the reflections that a type owns. */
function removeMembers(project, type) {
  type.visit({
    reflection: ({ declaration }) => project.removeReflection(declaration),
    intersection: ({ types }) => types.forEach((each) => removeMembers(project, each)),
    union: ({ types }) => types.forEach((each) => removeMembers(project, each)),
    conditional: ({ checkType, extendsType, trueType, falseType }) =>
      [checkType, extendsType, trueType, falseType].forEach((each) => removeMembers(project, each)),
    mapped: ({ parameterType, templateType }) =>
      [parameterType, templateType].forEach((each) => removeMembers(project, each)),
    array: ({ elementType }) => removeMembers(project, elementType),
    typeOperator: ({ target }) => removeMembers(project, target),
    reference: ({ typeArguments }) => typeArguments?.forEach((each) => removeMembers(project, each)),
  })
}

function text(content) {
  return new Comment([{ kind: 'text', text: content }])
}
