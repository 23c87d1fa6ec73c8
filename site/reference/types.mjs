/** Types as they are written, instead of as the compiler resolves them. */

import { QueryType, ReferenceType, ReflectionKind, UnknownType } from 'typedoc'
import { computedTypes } from './internal-types.mjs'

/** The name of a parameter that is taken apart in the parameter list. */
export function parameterName({ name = 'given' }) {
  return name.endsWith('Options') ? 'options' : name.charAt(0).toLowerCase() + name.slice(1)
}

/** `typeof fetch` as it is written, instead of its two signatures. */
export function nameFetch(project, property) {
  if (property.type?.type !== 'reflection') return
  removeMembers(project, property.type)
  property.type = new QueryType(ReferenceType.createBrokenReference('fetch', project, 'typescript'))
}

/** Leaves the comments of computed types; unknown names in their list are errors. */
export function hideComputations(project) {
  const aliases = project.getReflectionsByKind(ReflectionKind.TypeAlias)
  for (const name of computedTypes) {
    const alias = aliases.find((each) => each.name === name)
    if (alias === undefined) throw new Error(`internal-types.mjs names ${name}, which is no exported type alias`)
    removeMembers(project, alias.type)
    alias.type = new UnknownType('…')
  }
}

/** In inherited members, the compiler has already resolved `Conditions` to its computation. */
export function nameConditions(project) {
  const conditions = project.getReflectionsByKind(ReflectionKind.TypeAlias).find(({ name }) => name === 'Conditions')
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (parameter.type?.name !== 'ConditionsOf') continue
    const { typeArguments } = parameter.type
    parameter.type = ReferenceType.createResolvedReference('Conditions', conditions, project)
    parameter.type.typeArguments = typeArguments
  }
}

/** Removes the reflections that a type owns. */
export function removeMembers(project, type) {
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
