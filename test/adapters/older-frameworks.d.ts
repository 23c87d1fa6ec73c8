// The older majors under their aliases, with the types of the current ones: what the adapters use is the same in both.
declare module 'express4' {
  import express from 'express'

  export default express
}

declare module 'koa2' {
  import Koa from 'koa'

  export default Koa
}
