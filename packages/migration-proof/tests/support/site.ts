import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { repository } from '../../../../site/pages.mjs'

const folder = join(repository, 'site')
const isInstalled = existsSync(join(folder, 'node_modules/vitepress'))

/** Without VitePress the tests are skipped, visibly; in CI they run and fail. */
export const generatorOfSite = {
  isMet: isInstalled || Boolean(process.env.CI),
  reason: isInstalled ? 'VitePress' : 'VitePress is not installed: npm ci --prefix site',
} as const

export const builtSite = join(folder, 'dist')

/** Builds the site; where VitePress is missing, it is installed first. */
export function buildSite(...options: readonly string[]): void {
  const run = (program: string, ...words: readonly string[]) =>
    execFileSync(program, words, { cwd: folder, stdio: 'ignore' })
  if (!existsSync(join(folder, 'node_modules/vitepress'))) run('npm', 'ci', '--ignore-scripts')
  run(process.execPath, join(folder, 'build.mjs'), ...options)
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** A static host that has the site below some path. */
export async function serveSite(below: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://127.0.0.1')
    const path = pathname.startsWith(below) ? pathname.slice(below.length) : null
    const file = path === null ? null : join(builtSite, normalize(`/${path === '' ? 'index.html' : path}`))
    if (file === null || !existsSync(file) || extname(file) === '') {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}${below}`, server }
}
