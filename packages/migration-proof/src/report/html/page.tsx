import { createHash } from 'node:crypto'
import { render } from 'preact-render-to-string'
import { listNew } from '../markdown/summary.ts'
import type { Results } from '../model.ts'
import { Crash } from './sections/crash.tsx'
import { Edges } from './sections/edges.tsx'
import { Findings } from './sections/findings.tsx'
import { Kills } from './sections/kills.tsx'
import { Matrix } from './sections/matrix.tsx'
import { Plans } from './sections/plans.tsx'
import { Durations, Engines, Fuzz } from './sections/rest.tsx'
import { Migrations, SchemaThroughVersions } from './sections/schema.tsx'
import { NewWaivers, Problems, Verdict } from './sections/verdict.tsx'
import { makeVisible } from './visible.ts'

/** What the page holds besides its text, as the build made it. */
export interface PageAssets {
  readonly style: string
  readonly script: string
}

const sections: readonly (readonly [id: string, title: string])[] = [
  ['verdict', 'Verdict'],
  ['problems', 'Problems'],
  ['matrix', 'Upgrades'],
  ['schema', 'Schema'],
  ['migrations', 'Migrations'],
  ['edges', 'Cascades'],
  ['plans', 'Plans'],
  ['findings', 'Weaknesses'],
  ['kills', 'Faults'],
  ['crash', 'Crashes'],
  ['engines', 'Engines'],
  ['fuzz', 'Random rows'],
  ['durations', 'Time'],
]

/** The results as one HTML page that needs no network, and cannot use one. */
export function renderPage(results: Results, assets: PageAssets): string {
  return `<!DOCTYPE html>\n${render(<Page results={makeVisible(results)} assets={assets} />)}\n`
}

function Page({ results, assets }: { readonly results: Results; readonly assets: PageAssets }) {
  const hasProblems = listNew(results).length > 0
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policyOf(assets)} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${results.suite}: ${results.outcome === 'passed' ? 'upgrades proven' : 'problems'}`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: assets.style }} />
      </head>
      <body>
        <a class="skip" href="#verdict">
          Skip to the verdict
        </a>
        <Header results={results} />
        <nav aria-label="Sections">
          <ul>
            {sections
              .filter(([id]) => id !== 'problems' || hasProblems)
              .map(([id, title]) => (
                <li key={id}>
                  <a href={`#${id}`}>{title}</a>
                </li>
              ))}
          </ul>
        </nav>
        <main>
          <Verdict results={results} />
          <Problems results={results} />
          <NewWaivers results={results} />
          <Matrix results={results} />
          <SchemaThroughVersions results={results} />
          <Migrations results={results} />
          <Edges results={results} />
          <Plans results={results} />
          <Findings results={results} />
          <Kills results={results} />
          <Crash results={results} />
          <Engines results={results} />
          <Fuzz results={results} />
          <Durations results={results} />
        </main>
        <script type="module" dangerouslySetInnerHTML={{ __html: assets.script }} />
      </body>
    </html>
  )
}

function Header({ results: { suite, packageVersion, commit, startedAt } }: { readonly results: Results }) {
  return (
    <header>
      <div>
        <p class="kind">Migration report</p>
        <h1>{suite}</h1>
        <p class="note">
          package {packageVersion}
          {commit === null ? null : (
            <>
              , commit <code>{commit.slice(0, 12)}</code>
            </>
          )}
          , <time dateTime={startedAt}>{startedAt.slice(0, 16).replace('T', ' ')} UTC</time>
        </p>
      </div>
      <button type="button" id="theme" hidden aria-pressed="false">
        Dark
      </button>
    </header>
  )
}

/** The page may show itself and run its own script, and nothing else. */
function policyOf({ style, script }: PageAssets): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
