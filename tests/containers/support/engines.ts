import type { Engine } from 'migration-proof'
import { type ComparedEngine, openEngine } from 'migration-proof/compatibility'
import { containerEngine } from '../engines/container-engine.ts'
import type { RunningEngine } from '../setup.ts'
import { loadOfficialWasmEngine } from './engines/official-wasm.ts'
import { loadSqlJsEngines } from './engines/sqljs.ts'
import { containers } from './need-containers.ts'

/** An engine under test, and the version of SQLite that it says it is. */
export interface TestedEngine extends ComparedEngine {
  /** One that is not there everywhere, and that is newer every month. */
  readonly isOptional: boolean
}

/** Every engine that is there, oldest first: those of npm anywhere, those of Debian where there are containers. */
export async function loadEngines(): Promise<TestedEngine[]> {
  return sort([...(await loadNpmEngines()), ...loadDebianEngines()])
}

export async function loadNpmEngines(): Promise<TestedEngine[]> {
  const engines = [...(await loadSqlJsEngines()), await loadOfficialWasmEngine()]
  // Its process ends with this one.
  const libsql = { ...openEngine('libsql'), name: 'libsql', isOptional: false }
  return sort([...engines.map((engine) => withVersion(engine, false)), libsql])
}

/** None where there are no containers. */
export function loadDebianEngines(): TestedEngine[] {
  return containers.isReady ? sort(containers.engines.map(toTestedEngine)) : []
}

function sort(engines: readonly TestedEngine[]): TestedEngine[] {
  return [...engines].sort((left, right) => compareVersions(left.sqlite, right.sqlite))
}

function toTestedEngine({ holds, container, isOptional }: RunningEngine): TestedEngine {
  return withVersion(containerEngine(holds, container), isOptional)
}

function withVersion(engine: Engine, isOptional: boolean): TestedEngine {
  using file = engine.open(new Uint8Array())
  const sqlite = String(file.connection.all('SELECT sqlite_version() AS version')[0]?.version)
  return { ...engine, id: engine.name, version: null, sqlite, isOptional }
}

/** Orders versions such as 3.9.2 and 3.34.1 by their numbers. */
export function compareVersions(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true })
}
