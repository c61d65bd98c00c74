/**
 * Goal: the same as in debian-engines.test.ts, for the engines that npm has: SQLite's own WASM build of the
 * version that the server embeds, older ones of sql.js, and libsql. They need no container. In CI all, elsewhere
 * the oldest and the newest.
 */
import { describe } from 'vitest'
import { describeEngine } from './support/describe-engine.ts'
import { loadNpmEngines } from './support/engines.ts'

const engines = await loadNpmEngines()
const tried = process.env.CI ? engines : [...engines.slice(0, 1), ...engines.slice(-1)]

describe.for(tried)('$name, SQLite $sqlite', describeEngine)
