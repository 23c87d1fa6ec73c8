import { createElement } from 'react'
import type { ReactElement, ReactNode } from 'react'

const Layout = ({ children }: { readonly children: ReactNode }): ReactElement =>
  createElement('html', null, createElement('body', null, children))

export default Layout
