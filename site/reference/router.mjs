/** The files of the pages: one per module, all in one folder. */

import { ModuleRouter } from 'typedoc-plugin-markdown'

/**
 * A page `policy` beside a folder `policy` would be hidden by it on hosts that look for folders
 * first, so the page of `@jobpass/policy/file` is `policy-file`.
 */
export class PageRouter extends ModuleRouter {
  getIdealBaseName(reflection) {
    return fileName(super.getIdealBaseName(reflection))
  }
}

/** The name of the file for a module. */
export function fileName(module) {
  return module.replaceAll('/', '-')
}
