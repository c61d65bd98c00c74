// Goal: what is said of a tool is what it does. The program of each tool and the emulation of its rules apply the same histories,
// and leave the same: schema, rows, notes, and an error or none.
import { describeConformance } from './conformance/describe-conformance.ts'
import { tools } from './conformance/tools.ts'

describeConformance(tools, 'suite')
