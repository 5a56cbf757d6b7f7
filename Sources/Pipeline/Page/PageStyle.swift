/// How the page looks. It follows the light or dark of whoever reads it, fits a telephone, and prints.
enum PageStyle {
    static let sheet: HTMLMarkup = """
        :root{--paper:#fff;--panel:#f5f7f9;--ink:#18202b;--soft:#586475;--rule:#dde3e9;--good:#14734a;--bad:#b4291d;\
        --mixed:#8a5a00;--answered:#3f73b8;--reused:#8fb4de;--saved:#8fb4de;--failed:#d98324;--refused:#9aa5b3;\
        --defective:#cc4a35;--tint:#e8f4ee}
        @media (prefers-color-scheme:dark){:root{--paper:#11161d;--panel:#1a212b;--ink:#e6eaf0;--soft:#9aa7b8;\
        --rule:#2d3744;--good:#55c592;--bad:#ff8a7a;--mixed:#e8b95c;--answered:#6b9fe4;--reused:#3d6496;\
        --saved:#3d6496;--failed:#e59b4c;--refused:#6c7889;--defective:#ee6f5a;--tint:#15281f}}
        .rejected{--tint:#fbeceA}.split{--tint:#fbf3e2}
        @media (prefers-color-scheme:dark){.rejected{--tint:#32191a}.split{--tint:#2e2613}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,\
        "Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
        main{max-width:60rem;margin:0 auto;padding:1.5rem}
        main>header{background:var(--tint);border-radius:14px;padding:1.5rem 1.75rem}
        .verdict{display:flex;align-items:center;gap:.6rem;margin:0;font-weight:650;font-size:1.15rem;color:var(--good)}
        .rejected .verdict{color:var(--bad)}.split .verdict{color:var(--mixed)}
        .verdict circle{fill:currentColor}
        .verdict path{fill:none;stroke:var(--tint);stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
        h1{margin:.35rem 0 0;font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.01em}
        h1,.reason,.next,td,th,dd,article{overflow-wrap:anywhere}
        .reason{margin:.75rem 0 0;padding:0;list-style:none;font-size:1.05rem}
        .next{margin:.75rem 0 0;padding:0;list-style:none;color:var(--soft)}
        .next li{margin-top:.25rem}
        section{margin-top:2.5rem}
        h2{margin:0 0 .5rem;font-size:1.15rem;font-weight:650}
        h3{margin:1rem 0 .35rem;font-size:.95rem;font-weight:600;color:var(--soft)}
        .lead{margin:0 0 1rem;max-width:44rem;color:var(--soft)}
        code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        .tiles{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem;margin:0 0 2rem}
        .tiles div{background:var(--panel);border-radius:10px;padding:.9rem 1rem}
        .tiles dt{font-size:.85rem;color:var(--soft)}
        .tiles dd{margin:0;font-size:.85rem}
        .tiles .value{font-size:1.6rem;line-height:1.3;font-weight:650;letter-spacing:-.01em}
        .without{color:var(--soft)}
        .share{display:block;border-radius:5px}
        .answered{fill:var(--answered);background:var(--answered)}.reused{fill:var(--reused);background:var(--reused)}
        .saved{fill:var(--saved)}.failed{fill:var(--failed);background:var(--failed)}
        .refused{fill:var(--refused);background:var(--refused)}
        .defective{fill:var(--defective);background:var(--defective)}
        .legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.6rem 0 0;padding:0;list-style:none;\
        font-size:.85rem;color:var(--soft)}
        .legend b{display:inline-block;width:.75rem;height:.75rem;margin-right:.4rem;border-radius:3px}
        .legend .whisker{width:2px;height:.9rem;border-radius:0;background:var(--ink);vertical-align:-.1rem}
        table{width:100%;border-collapse:collapse;font-size:.92rem}
        th{text-align:left;font-weight:500}
        .n{text-align:right;white-space:nowrap}
        .bars th{width:13rem;padding:.2rem .75rem .2rem 0}
        .bars .n{width:6rem;padding-right:.75rem}
        .bars svg{display:block}.bars+.rows{margin-top:1.25rem}
        .rows th,.rows td{padding:.4rem .6rem;border-top:1px solid var(--rule);vertical-align:top}
        .rows thead th{border-top:0;font-size:.8rem;color:var(--soft);vertical-align:bottom}
        .rows th:first-child{padding-left:0}.rows th:last-child,.rows td:last-child{padding-right:0}
        .rows .why td{border-top:0;padding-top:0;color:var(--soft);font-size:.85rem}
        small{color:var(--soft);font-size:.8rem}
        .good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
        .chart{display:grid;grid-template-columns:52px minmax(0,1fr)}
        .chart svg{display:block;overflow:visible}
        .chart text{fill:var(--soft);font-size:12px}
        .mid{text-anchor:middle}.end{text-anchor:end}
        .grid{stroke:var(--rule)}.whisker{stroke:var(--ink);stroke-opacity:.55;stroke-width:1.5}
        line.limit{stroke:var(--bad);stroke-dasharray:5 4}.legend .limit{width:1.1rem;height:0;border-radius:0;\
        border-top:2px dashed var(--bad);vertical-align:.2rem}.reason li{margin-top:.2rem}
        details{margin-top:1rem}.examples+details{margin-top:.75rem}
        summary{cursor:pointer;color:var(--soft);font-size:.9rem;margin-bottom:.5rem}
        .examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:.75rem}
        article{background:var(--panel);border-radius:10px;padding:.9rem 1rem;overflow:hidden;break-inside:avoid}
        article header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
        article header span{color:var(--soft);font-size:.85rem}
        article p{margin:.35rem 0 0;font-size:.92rem}
        .check{color:var(--bad);font-weight:600}
        blockquote{margin:.6rem 0 0;padding:.6rem .75rem;background:var(--paper);border-radius:6px;line-height:1.45;\
        font-size:.85rem;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;\
        overflow:hidden;unicode-bidi:isolate}
        i{font-style:normal;color:var(--soft);opacity:.85}
        .facts{margin:0;font-size:.92rem}
        .facts div{display:grid;grid-template-columns:minmax(9rem,16rem) 1fr;gap:.75rem;padding:.3rem 0;\
        border-top:1px solid var(--rule)}
        .facts dt{color:var(--soft)}.facts dd{margin:0}
        @media (max-width:40rem){main{padding:.75rem}main>header{padding:1.1rem}h1{font-size:1.35rem}\
        section{margin-top:2rem}.wide{display:none}.bars th{width:8.5rem}.bars .n{width:4.5rem}\
        .tiles{grid-template-columns:1fr 1fr}.tiles .value{font-size:1.3rem}.rows th,.rows td{padding:.4rem .3rem}\
        .facts div{grid-template-columns:1fr;gap:0}}
        @media print{:root{--paper:#fff;--panel:#f5f7f9;--ink:#000;--soft:#444;--rule:#ccc}body{font-size:12px}\
        main{max-width:none;padding:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\
        tr,.tiles div,.chart{break-inside:avoid}h2,h3{break-after:avoid}}
        """
}
