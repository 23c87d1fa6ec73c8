/** Types in a few words, for the table of options. */

import { ReflectionKind } from 'typedoc'

/** The text of a type. Type parameters of the bag are shown as their constraints. */
export function typeText(type, bag) {
  const text = (each) => typeText(each, bag)
  switch (type?.type) {
    case 'literal':
      return typeof type.value === 'string' ? `'${type.value}'` : String(type.value)
    case 'union':
      return type.types.map(text).join(' | ')
    case 'array':
      return `${parenthesized(type.elementType, text)}[]`
    case 'typeOperator':
      // Every list and object is read-only.
      return text(type.target)
    case 'reference':
      return referenceText(type, bag)
    case 'reflection':
      return type.declaration.signatures === undefined ? 'object' : functionText(type.declaration.signatures[0])
    case 'query':
      return `typeof ${type.queryType.name}`
    default:
      return type?.toString() ?? 'unknown'
  }
}

function referenceText(type, bag) {
  const parameter = bag.typeParameters?.find(({ name }) => name === type.name)
  if (parameter !== undefined) return parameter.type === undefined ? 'unknown' : typeText(parameter.type, bag)
  const [first] = type.typeArguments ?? []
  const { reflection } = type
  if (reflection?.kindOf(ReflectionKind.TypeAlias) && isChoice(reflection.type)) return typeText(reflection.type, bag)
  if (type.name === 'Readonly') return typeText(first, bag)
  if (type.name === 'Record') return 'object'
  if (type.name === 'Pick') return typeText(first, bag)
  return type.name
}

function functionText({ parameters = [] }) {
  return `(${parameters.map(({ name }) => name).join(', ')}) => …`
}

const isChoice = (type) => type?.type === 'union' && type.types.every((each) => each.type === 'literal')

function parenthesized(type, text) {
  const inner = text(type)
  return inner.includes(' ') ? `(${inner})` : inner
}
