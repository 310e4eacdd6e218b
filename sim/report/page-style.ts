/**
 * The report's style. Nothing is told by colour alone: served is light, held is striped, failed is dark, and every verdict has its word,
 * so that it can be printed in grey. Charts stretch, text does not: labels stand beside or above them as ordinary text. Always dark on
 * light, also where dark pages are preferred: "light" and "dark" have to mean the same on every screen and on paper.
 */
export const PAGE_STYLE = `
:root { color-scheme: only light; --ink: #1c2430; --soft: #5a6675; --line: #c9d1da; --paper: #fff; --tint: #f3f5f8;
  --failed: #8c1020; --good: #1d6b3a; }
* { box-sizing: border-box; }
body { margin: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 16px; }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 28px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
.banner { border: 2px solid var(--ink); border-left-width: 14px; padding: 10px 14px; margin: 12px 0; }
.banner.passed { border-color: var(--good); }
.banner.failed { border-color: var(--failed); border-left-style: double; background: #fbf1f2; }
.banner strong { font-size: 20px; }
.banner ul { margin: 2px 0 0; padding-left: 20px; }
.banner li { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: 8px; margin: 12px 0; }
.tile { background: var(--tint); border: 1px solid var(--line); padding: 8px 10px; }
.tile b { display: block; white-space: nowrap; font-size: 20px; font-variant-numeric: tabular-nums; }
.tile span { display: block; color: var(--soft); font-size: 13px; line-height: 1.3; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; color: var(--soft); font-size: 13px; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; }
tr.broken td { background: #fbf1f2; font-weight: 600; }
td.who { white-space: nowrap; }
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
.lane svg { display: block; width: 100%; border-bottom: 1px solid var(--ink); }
.events { position: relative; }
.events .bar { position: absolute; height: 9px; border: 1px solid var(--ink); background: #fff; min-width: 4px; }
.events .label { position: absolute; font-size: 12px; line-height: 16px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.events .bar.fault { background: #3a3f47; }
.events .bar.command { background: #fff; border-style: dashed; }
.events .bar.operation { background: #fff; }
.events .bar.epoch { background: var(--ink); min-width: 3px; }
.events i { position: absolute; width: 0; height: 13px; border-left: 2px solid var(--ink); }
.events .bar.frozen { background: repeating-linear-gradient(45deg, #fff 0 4px, #c3c8cf 4px 7px); }
.axis { position: relative; height: 20px; font-size: 12px; color: var(--soft); }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis span:first-child { transform: none; }
.axis span:last-child { transform: translateX(-100%); }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
footer { margin: 28px 0 8px; color: var(--soft); font-size: 13px; }
@media (max-width: 560px) {
  main { padding: 10px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 6px; } .tile { padding: 6px 8px; } .tile b { font-size: 17px; }
  th, td { padding-right: 6px; font-size: 14px; } .verdicts td, td.text { overflow-wrap: anywhere; }
  .limit { white-space: normal; }
  .verdicts thead { display: none; }
  .verdicts tr { display: grid; grid-template-columns: 84px 1fr; border-bottom: 1px solid var(--line); padding: 4px 0; }
  .verdicts td { border: 0; padding: 0 6px 0 0; } .verdicts td:nth-child(n + 3) { grid-column: 2; }
  .verdicts td:nth-child(3)::before { content: "seen: "; } .verdicts td:nth-child(4)::before { content: "limit: "; }
}
@media print { main { max-width: none; } h2 { break-after: avoid; } tr, .lane { break-inside: avoid; } }
`;
