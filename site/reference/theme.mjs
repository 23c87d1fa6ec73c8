/** The form of an entry: its signatures, its source, its comment, its members. Nothing twice. */

import { ReflectionKind } from 'typedoc'
import { MarkdownTheme, MarkdownThemeContext } from 'typedoc-plugin-markdown'
import { titleOf } from './pages.mjs'

/** The options for the pages. */
export const pageOptions = {
  plugin: ['typedoc-plugin-markdown'],
  router: 'page',
  theme: 'reference',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  expandObjects: true,
  expandParameters: true,
  parametersFormat: 'none',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  propertyMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  typeDeclarationVisibility: 'compact',
  tableColumnSettings: {
    hideDefaults: true,
    hideSources: true,
    hideInherited: true,
    hideOverrides: true,
    hideModifiers: true,
    leftAlignHeaders: true,
  },
  sanitizeComments: true,
  // VitePress would make other ids of headings.
  useCustomAnchors: true,
  pageTitleTemplates: { index: 'Reference', module: ({ rawName }) => titleOf(rawName), member: '{name}' },
}

/** The theme of the reference. */
export class ReferenceTheme extends MarkdownTheme {
  // A generated page cannot be edited.
  render(page) {
    return `---\neditLink: false\n---\n\n${super.render(page)}`
  }

  getRenderContext(page) {
    return new ReferenceContext(this, page, this.application.options)
  }
}

class ReferenceContext extends MarkdownThemeContext {
  constructor(theme, page, options) {
    super(theme, page, options)
    const { comment } = this.partials
    Object.assign(this.partials, {
      sources: (model) => sourceLink(model),
      // Bold labels instead of headings, of which one page would have hundreds.
      comment: (model, given = {}) => comment(model, { ...given, headingLevel: undefined }),
      // The signature has the types of parameters and of the result; comments describe them.
      signatureReturns: () => '',
      inheritance: () => '',
      hierarchy: (model) => parentsOf(model, this.helpers),
      signatures: (model, given) => this.#signatures(model, given),
    })
  }

  /** Overloads share a comment, so their signatures come first, and the comment once. */
  #signatures({ signatures = [] }, { headingLevel, nested }) {
    const rest = { headingLevel: headingLevel + 1, nested }
    const texts = new Set(signatures.map(({ comment }) => JSON.stringify(comment?.summary)))
    if (texts.size > 1) return signatures.map((each) => this.partials.signature(each, rest)).join('\n\n')
    const titles = signatures.slice(0, -1).map((each) => this.partials.signatureTitle(each))
    return [...titles, this.partials.signature(signatures.at(-1), rest)].join('\n\n')
  }
}

/** Only exports have a link: their members are next to them. */
function sourceLink({ sources = [], parent }) {
  const [source] = sources
  const isExport = parent?.kindOf(ReflectionKind.Module) || parent?.parent?.kindOf(ReflectionKind.Module)
  return source !== undefined && isExport ? `[Source code](${source.url})` : ''
}

function parentsOf(hierarchy, helpers) {
  const known = hierarchy.isTarget ? [] : hierarchy.types.filter((type) => !isHidden(type))
  const parents = known.map((type) => helpers.getHierarchyType(type, { isTarget: false }))
  return parents.length === 0 ? '' : `Extends ${parents.join(', ')}.`
}

/** Whether a type of these packages has no entry in the reference. */
function isHidden({ reflection, package: name }) {
  return reflection === undefined && name?.startsWith('@jobpass/')
}
