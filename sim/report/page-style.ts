/**
 * The report's style. Nothing is told by colour alone: served is light, held is striped, failed is dark, and every verdict has its word,
 * so that it can be printed in grey. Charts stretch, text does not: labels stand beside or above them as ordinary text.
 */
export const PAGE_STYLE = `
:root { --ink: #1c2430; --soft: #5a6675; --line: #c9d1da; --paper: #fff; --tint: #f3f5f8;
  --served: #a9c9e8; --served-edge: #6d9cc7; --held: #d98e04; --failed: #8c1020; --good: #1d6b3a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 16px; }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 28px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
.banner { border: 2px solid var(--ink); border-left-width: 14px; padding: 10px 14px; margin: 12px 0; }
.banner.passed { border-color: var(--good); }
.banner.failed { border-color: var(--failed); border-left-style: double; background: #fbf1f2; }
.banner strong { font-size: 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 8px; margin: 12px 0; }
.tile { background: var(--tint); border: 1px solid var(--line); padding: 8px 10px; }
.tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; color: var(--soft); font-size: 13px; }
td.n, th.n { text-align: right; white-space: nowrap; }
tr.broken td { background: #fbf1f2; font-weight: 600; }
.limit { white-space: nowrap; }
.mark { white-space: nowrap; font-weight: 700; }
.mark.yes { color: var(--good); }
.mark.no { color: var(--failed); }
.scroll { overflow-x: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 6px 0; }
.legend svg { width: 26px; height: 14px; vertical-align: -2px; border: 1px solid var(--ink); }
.chart { position: relative; border-left: 1px solid var(--line); border-right: 1px solid var(--line); }
.lane { margin: 8px 0 0; }
.lane .name { font-size: 13px; display: flex; flex-wrap: wrap; gap: 0 12px; }
.lane .name b { font-weight: 600; }
.lane svg { display: block; width: 100%; background: var(--tint); border-bottom: 1px solid var(--ink); }
.events { position: relative; }
.events .bar { position: absolute; height: 9px; border: 1px solid var(--ink); background: #fff; min-width: 4px; }
.events .label { position: absolute; font-size: 12px; line-height: 16px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.events .bar.fault { background: #3a3f47; }
.events .bar.command { background: #fff; border-style: dashed; }
.events .bar.frozen { background: repeating-linear-gradient(45deg, #fff 0 4px, #c3c8cf 4px 7px); }
.axis { position: relative; height: 20px; font-size: 12px; color: var(--soft); }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis span:first-child { transform: none; }
.axis span:last-child { transform: translateX(-100%); }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
footer { margin: 28px 0 8px; color: var(--soft); font-size: 13px; }
@media (max-width: 560px) { main { padding: 10px; } th, td { padding-right: 6px; font-size: 14px; } .limit { white-space: normal; } }
@media print { main { max-width: none; } h2 { break-after: avoid; } tr, .lane { break-inside: avoid; } }
`;
