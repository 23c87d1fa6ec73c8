/** Workloads: what each adds to the fields that all have. */

import { IntrinsicType, ReferenceType, ReflectionKind, UnionType } from 'typedoc'
import ts from 'typescript'
import { commentOf } from './comments.mjs'
import { fileOf } from './entries.mjs'
import { removeMembers } from './types.mjs'

/** Leaves the fields that a provider adds or narrows, and the names of its claims. */
export function describeWorkload(context, workload) {
  for (const field of workload.children.slice()) {
    if (field.type instanceof IntrinsicType && field.type.name === 'undefined') context.project.removeReflection(field)
    else if (isVerifiedField(field)) context.project.removeReflection(field)
    else if (field.name === 'claims') nameClaims(context, field)
    else if (field.name === 'provider') field.comment = commentOf('The id of the provider.')
    else {
      field.comment ??= sourceOf(context, field)
      field.type = withPlainText(field.type)
    }
  }
  delete workload.extendedTypes
}

/** `string & {}` lets editors complete the known values; to readers it is text. */
function withPlainText(type) {
  if (type.type !== 'union') return type
  const known = type.types.filter((each) => each.type !== 'intersection')
  return known.length === type.types.length ? type : new UnionType([...known, new IntrinsicType('string')])
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
  field.comment = commentOf(`The raw claims, as issued${listed === '' ? '' : `: ${listed}`}.`)
}

/** The claim that a field of a provider's table is read from. */
function sourceOf(context, field) {
  const [declaration] = context.getSymbolFromReflection(field)?.declarations ?? []
  if (declaration === undefined || !ts.isPropertyAssignment(declaration)) return undefined
  const { initializer } = declaration
  const path = ts.isArrayLiteralExpression(initializer) ? initializer.elements : [initializer]
  if (!path.every((part) => ts.isStringLiteral(part))) return undefined
  return commentOf(`The claim \`${path.map(({ text: name }) => name).join('.')}\`.`)
}

/** Says of each provider id whose workloads it marks. */
export function describeWorkloads(project) {
  const workloads = project.getReflectionsByKind(ReflectionKind.Interface).find(({ name }) => name === 'Workloads')
  for (const member of workloads.children) {
    const target = member.type instanceof ReferenceType ? member.type.reflection : undefined
    const summary = target?.comment?.summary.map((part) => part.text).join('')
    if (summary !== undefined) member.comment = commentOf(/^.*?\.(?=\s|$)/s.exec(summary)?.[0] ?? summary)
    // Of the jobs of all providers, which would be named one by one.
    if (target?.name === 'ServiceWorkload') delete member.type.typeArguments
  }
}

/** Every workload has these fields; the interfaces that declare them list them. */
export function omitSharedFields(project) {
  for (const { name, children = [] } of project.getReflectionsByKind(ReflectionKind.Interface)) {
    if (name === 'VerifiedFields' || name === 'CommonFields') continue
    for (const child of children.filter(({ inheritedFrom }) =>
      /\b(?:Verified|Common)Fields\./.test(inheritedFrom?.name),
    ))
      project.removeReflection(child)
  }
}
