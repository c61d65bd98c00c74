#!/usr/bin/env node
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { runProgram } from 'migration-proof/cli'

const { name, version, description }: Readonly<Record<'name' | 'version' | 'description', string>> =
  createRequire(import.meta.url)('../package.json')

/** What an operator of the server needs, on this project's own history, from any folder. */
runProgram({
  name,
  version,
  description,
  commands: ['verify', 'upgrade', 'restore', 'inspect'],
  configFile: fileURLToPath(new URL('suite/index.js', import.meta.url)),
})
