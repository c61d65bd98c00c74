import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readText } from '../snapshots/paths.ts'

/** A file of a project. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  /** The paths of the files that it imports by a path. */
  readonly imports: readonly string[]
  /** The names by which it imports anything else. */
  readonly packages: readonly string[]
}

/** What only looks like an import, as in a comment, is one file more to read. */
const importing = /\b(?:from|import|require)\s*\(?\s*(['"`])([^'"`\n]+)\1/g

/** A file of a project, with what it imports; null where there is none. */
function readSource(path: string): SourceFile | null {
  const text = readText(path)
  if (text === null) return null
  const names = [...text.matchAll(importing)].map(([, , name = '']) => name)
  const isPath = (name: string) => /^(?:\.{0,2}\/|file:)/.test(name)
  return {
    path,
    text,
    imports: names.filter(isPath).flatMap((name) => resolveImport(dirname(path), name)),
    packages: names.filter((name) => !isPath(name)),
  }
}

/** As Node, jiti and bundlers find it: as it is written, with an ending, with that of TypeScript, or as a folder. */
function resolveImport(folder: string, name: string): string[] {
  const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(folder, name)
  const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']
  const candidates = [
    path,
    ...endings.map((ending) => `${path}${ending}`),
    path.replace(/js$/, 'ts'),
    ...endings.map((ending) => join(path, `index${ending}`)),
  ]
  const found = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile())
  return found === undefined ? [] : [found]
}

/** The files that a module loads, itself among them, and those that these load, as far as they are imported by a path. */
export function readSources(file: string): SourceFile[] {
  const paths = new Set([file])
  const sources: SourceFile[] = []
  for (const path of paths) {
    const source = readSource(path)
    if (source === null) continue
    sources.push(source)
    for (const imported of source.imports) paths.add(imported)
  }
  return sources
}

/**
 * All files that a module loads, itself among them: also the code of packages that are linked, as those of a workspace are.
 * What is installed is left to the lockfile.
 *
 * @param except the name of a package that is not followed
 * @returns the paths in order
 */
export function filesLoadedBy(file: string, except: string): string[] {
  const sources = readSources(file)
  const linked = sources.flatMap(({ path, packages }) =>
    packages.filter((name) => name !== except).flatMap((name) => linkedFiles(dirname(path), name)),
  )
  return [...new Set([...sources.map(({ path }) => path), ...linked])].sort()
}

function linkedFiles(folder: string, name: string): string[] {
  const packageName = name.split('/').slice(0, name.startsWith('@') ? 2 : 1)
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', ...packageName)
    if (existsSync(path)) {
      const real = realpathSync(path)
      return real.includes(`${sep}node_modules${sep}`) ? [] : codeIn(real)
    }
    if (dirname(at) === at) return []
  }
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === '.git' ? [] : codeIn(path)
    return entry.isFile() && /\.(?:[cm]?[jt]s|json|sql)$/.test(entry.name) ? [path] : []
  })
}
