/** Arranges what typedoc read for readers: modules become pages. */

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Comment, DeclarationReflection, ReflectionKind } from 'typedoc'
import { nameErrors } from './comments.mjs'
import { entries, fileOf, root } from './entries.mjs'
import { corePages, pageOf } from './pages.mjs'
import { hideComputations, nameConditions, nameFetch, parameterName } from './types.mjs'
import { describeWorkload, describeWorkloads, omitSharedFields } from './workload-fields.mjs'

/** Arranges a project before typedoc resolves it. */
export function arrange(context) {
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
export function sortPages(project) {
  project.children.sort((a, b) => placeOf(a) - placeOf(b))
  for (const group of project.groups ?? []) group.children.sort((a, b) => placeOf(a) - placeOf(b))
  const key = ({ name }) => `${name.startsWith('Types.') ? 1 : 0}${name.toLowerCase()}`
  for (const module of project.children)
    for (const group of module.groups ?? []) group.children.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
