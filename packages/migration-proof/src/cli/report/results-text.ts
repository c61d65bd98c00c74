// What makes text of results, and results of text, with libraries that nothing else of the command line needs.
export { renderPage } from '../../report/html/page.tsx'
export { formatJunit, junitParts } from '../../report/junit.ts'
export { formatMarkdown } from '../../report/markdown/summary.ts'
export { formatJson, parseResults } from '../../report/parse.ts'
export { formatSarif } from '../../report/sarif.ts'
