// node:http without its ESM facade: importing that runs every lazy getter of the module, one of which
// loads undici and costs 8 MB of memory.

export const http = process.getBuiltinModule('node:http')
export const https = process.getBuiltinModule('node:https')
