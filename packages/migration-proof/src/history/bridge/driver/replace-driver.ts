import { createRequire } from 'node:module'
import { refuseInTask } from '../current-task.ts'
import { Database } from './database.ts'
import { sqlite3 } from './sqlite3.ts'

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown

/** The driver by its name, or a file that it begins with: an import of a module is resolved before it gets here. */
const betterSqlite3 =
  /(?:^|[\\/]node_modules[\\/])better-sqlite3(?:[\\/]lib[\\/](?:index|database|[a-z\d]+-[a-z\d]+)\.js)?$/

const nodeSqlite3 = /(?:^|[\\/]node_modules[\\/])sqlite3(?:[\\/]lib[\\/]sqlite3\.js)?$/

/** Other drivers, which would open a file by themselves. */
const others = /(?:^|[\\/]node_modules[\\/])(libsql|@libsql[\\/]client|node:sqlite)(?:[\\/].*\.js)?$/

/** What `require` of the driver returns. The driver is a function that may be called without `new`. */
const imitation = new Proxy(Database, { apply: (target, _, values) => Reflect.construct(target, values) })

interface LoadedModule {
  exports: unknown
  loaded: boolean
}

interface Loader {
  _load: Load
  readonly _cache: Record<string, LoadedModule | undefined>
}

/** From now on this thread loads the imitation where the driver is asked for. */
export function replaceDriver(): void {
  const loader: Loader = createRequire(import.meta.url)('node:module')
  const load = loader._load
  loader._load = function (request, ...rest) {
    if (betterSqlite3.test(request)) return give(imitation, loader._cache[request])
    if (nodeSqlite3.test(request)) return give(sqlite3, loader._cache[request])
    const [, driver] = others.exec(request) ?? []
    if (driver !== undefined)
      refuseInTask({
        reason: 'other-driver',
        expected: 'statements by better-sqlite3 or sqlite3, which run on the connection that was given',
        actual: `the driver ${driver}`,
        fix: 'let the tool use one of these here',
      })
    return load.call(this, request, ...rest)
  }
}

/** @param module set where `import` asks: it takes what is in there, whatever is returned */
function give(exports: unknown, module: LoadedModule | undefined): unknown {
  if (module !== undefined) Object.assign(module, { exports, loaded: true })
  return exports
}
