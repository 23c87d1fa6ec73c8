/**
 * Prints the page of options: a table for each function that takes some, made from the comments of
 * the options. `test/options.test.ts` compares it with `docs/options.md`.
 */

import { ReflectionKind } from 'typedoc'
import { readPackages } from './model.mjs'
import { PageRouter } from './router.mjs'
import { factsOf, faults, textOf } from './option-facts.mjs'
import { pageOptions } from './theme.mjs'
import { typeText } from './type-text.mjs'

const { app, project } = await readPackages(pageOptions)
if (project === undefined) process.exit(1)
/** GitHub has no pages of the reference, so links lead to the site, which makes them its own. */
const reference = 'https://jobpass.github.io/jobpass/reference/'
const router = new PageRouter(app)
router.buildPages(project)

/** Bags of options that are not called so. */
const otherBags = new Set(['ApiClient', 'ExpectedTokens', 'Grant', 'IssuingKey', 'LintInput', 'ResourceMetadata'])
const isBag = (reflection) =>
  reflection?.kindOf(ReflectionKind.Interface) === true &&
  (/(?:Options|Settings)$/.test(reflection.name) || otherBags.has(reflection.name))

/** How programs call the objects that have methods with options. */
const instances = {
  IssuerProvider: 'provider',
  ListeningIssuer: 'issuer',
  Provider: 'provider',
  SelfHosted: 'provider',
  TestIssuer: 'issuer',
  TestServer: 'server',
}

/** The name of the function that has a signature, as programs write it. */
function callOf({ parent }) {
  if (parent.kindOf(ReflectionKind.Function)) return `${parent.name}()`
  const isMethod = parent.kindOf(ReflectionKind.Method)
  const instance = instances[isMethod ? parent.parent.name : parent.name]
  if (instance === undefined) throw new Error(`options.mjs does not know how programs call ${parent.getFullName()}`)
  return isMethod ? `${instance}.${parent.name}()` : `${instance}()`
}

/** The bags that a type is, or that are alternatives of it. */
function bagsIn(type) {
  if (type?.type === 'reference') return isBag(type.reflection) ? [type.reflection] : []
  return type?.type === 'union' || type?.type === 'intersection' ? type.types.flatMap(bagsIn) : []
}

/** The bags of which a type is a list. */
function bagsListedIn(type) {
  if (type?.type === 'array') return bagsIn(type.elementType)
  if (type?.type === 'typeOperator') return bagsListedIn(type.target)
  return type?.type === 'union' ? type.types.flatMap(bagsListedIn) : []
}

const moduleOf = (reflection) => (reflection.kindOf(ReflectionKind.Module) ? reflection : moduleOf(reflection.parent))
const packageOf = (reflection) => moduleOf(reflection).name.split('/')[0]

/** Each bag that a function takes, with the functions. Authors of adapters read the reference. */
function bagsOfFunctions() {
  const found = new Map()
  for (const module of project.children.filter(({ name }) => name !== 'core/adapter'))
    for (const signature of signaturesIn(module))
      for (const bag of (signature.parameters ?? []).flatMap(({ type }) => bagsIn(type)))
        found.set(bag, [...(found.get(bag) ?? []), signature])
  return found
}

function signaturesIn({ children = [] }) {
  return children
    .toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .flatMap((child) => [child, ...(child.kindOf(ReflectionKind.Interface) ? (child.children ?? []) : [])])
    .flatMap(({ signatures = [] }) => signatures)
}

function section([bag, signatures]) {
  const calls = [...new Set(signatures.map(callOf))]
  const links = [link(bag.name, bag), ...signatures.map((each) => linkToCall(each, bag))]
  const rows = optionsOf(bag).map((cells) => `| ${cells.join(' | ')} |`)
  return [
    `### ${calls.join(', ')}`,
    `${textOf(bag.comment)} Reference: ${[...new Map(links.map((each) => [each.replace(/\(.*?\)$/, ''), each])).values()].join(', ')}.`,
    ['| Option | Type | Default | Range | What it does |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n')
}

function link(text, reflection) {
  return `[\`${text}\`](${reference}${router.getFullUrl(moduleOf(reflection)).replace(/\.md$/, '')}#${router.getAnchor(reflection)})`
}

/** A link to a function, with its package if that is not the package of the section. */
function linkToCall(signature, bag) {
  const { name } = moduleOf(signature)
  const to = link(callOf(signature), signature.parent)
  return name === packageOf(bag) || packageOf(signature) === 'core' ? to : `${to} of \`@jobpass/${name}\``
}

/** The rows of a bag, those of nested bags included. */
function optionsOf(bag, prefix = '') {
  // The options of a verifier have a section of their own.
  const own = bag.name === 'LintInput' ? bag.children.filter((each) => !each.inheritedFrom) : bag.children
  return own.flatMap((option) => {
    const type = typeText(option.type, bag)
    const { fallback, range, text } = factsOf(option, type)
    const row = [`\`${prefix}${option.name}\``, `\`${type}\``, fallback, range, text]
    return [row.map((cell) => cell.replaceAll('|', '\\|')), ...nestedIn(option, prefix + option.name)]
  })
}

function nestedIn({ type }, name) {
  const members = type?.type === 'reflection' ? type.declaration.children : undefined
  // An object with methods, such as a clock, is no bag of options.
  if (members?.every((member) => member.kindOf(ReflectionKind.Property))) return optionsOf(type.declaration, `${name}.`)
  const nested = bagsIn(type).flatMap((bag) => optionsOf(bag, `${name}.`))
  return [...nested, ...bagsListedIn(type).flatMap((bag) => optionsOf(bag, `${name}[].`))]
}

const bags = [...bagsOfFunctions()]
const parts = [...new Set(bags.map(([bag]) => packageOf(bag)))].flatMap((name) => [
  `## @jobpass/${name}`,
  ...bags.filter(([bag]) => packageOf(bag) === name).map(section),
])
if (faults.size > 0) {
  process.stderr.write(`${[...faults].join('\n')}\n`)
  process.exit(1)
}
process.stdout.write(
  [
    '---\npageClass: wide\naside: false\n---',
    '# Options',
    '<!-- Made by a test; after a change run: npx vitest run test/options.test.ts -u -->',
    'Every option of every function, from the comments in the source. An unknown option is a `TypeError` everywhere except in `explain()`.',
    ...parts,
    '',
  ].join('\n\n'),
)
