/**
 * Goal: the same as in debian-engines.test.ts, for the engines that npm has: SQLite's own WASM build of the
 * version that the server embeds, older ones of sql.js, and libsql. They need no container.
 */
import { describe } from 'vitest'
import { describeEngine } from './support/describe-engine.ts'
import { loadNpmEngines } from './support/engines.ts'

describe.for(await loadNpmEngines())('$name, SQLite $version', describeEngine)
