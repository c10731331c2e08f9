/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html.h"

#include <stdarg.h>
#include <stdlib.h>

#include "plot.h"

void html_text(FILE *f, const char *text)
{
	char *clean = clean_text(text ? text : ""), *c;

	for (c = clean; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			fputc(*c, f);
		}
	}
	free(clean);
}

void html_printf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	html_text(f, text);
	free(text);
}

void html_element(FILE *f, const char *name, const char *class,
		  const char *text)
{
	if (class)
		fprintf(f, "<%s class=\"%s\">", name, class);
	else
		fprintf(f, "<%s>", name);
	html_text(f, text);
	fprintf(f, "</%s>\n", name);
}

void html_table(FILE *f, const struct table *t)
{
	size_t i, k;

	fputs("<div class=\"wide\"><table>\n<thead><tr>", f);
	for (k = 0; k < t->nr_columns; k++) {
		fprintf(f, "<th scope=\"col\"%s>",
			t->columns[k].number ? " class=\"n\"" : "");
		html_text(f, t->columns[k].name);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
	for (i = 0; i < table_rows(t); i++) {
		fputs("<tr>", f);
		for (k = 0; k < t->nr_columns; k++) {
			fputs(t->columns[k].number ? "<td class=\"n\">"
						   : "<td>",
			      f);
			html_text(f, t->cells[i * t->nr_columns + k]);
			fputs("</td>", f);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

static const char style[] =
	":root{--page:#fbfbfa;--ink:#1d1f21;--soft:#5f6368;--line:#dcdcd8;"
	"--card:#fff;--head:#f1f1ee;--link:#0060a0;--bad:#b3261e;"
	"color-scheme:light dark}\n"
	"@media (prefers-color-scheme:dark){:root{--page:#17181a;--ink:#e6e6e3;"
	"--soft:#a3a7ab;--line:#3a3d40;--card:#1f2124;--head:#26292c;"
	"--link:#7ab8f5;--bad:#ff8a80}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--page);color:var(--ink);"
	"font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\","
	"Helvetica,Arial,sans-serif}\n"
	"main{max-width:1040px;margin:0 auto;padding:1.6rem 1.2rem 4rem}\n"
	"h1{font-size:1.55rem;line-height:1.25;margin:.2rem 0 .6rem}\n"
	"h2{font-size:1.15rem;margin:2.6rem 0 .6rem;padding-top:.8rem;"
	"border-top:1px solid var(--line)}\n"
	"h3{font-size:1rem;margin:1.4rem 0 .4rem}\n"
	"p{max-width:75ch;margin:.5rem 0}\n"
	"a{color:var(--link)}\n"
	".kicker{color:var(--soft);font-size:.85rem;margin:0}\n"
	".answer{font-size:1.08rem}\n"
	".soft,.skip{color:var(--soft)}\n"
	".bad{color:var(--bad);font-weight:600}\n"
	"dl.facts{display:grid;grid-template-columns:max-content 1fr;"
	"gap:.15rem 1rem;margin:.8rem 0}\n"
	"dl.facts dt{color:var(--soft)}\n"
	"dl.facts dd{margin:0;overflow-wrap:anywhere}\n"
	"nav{font-size:.9rem;margin:.8rem 0 0}\n"
	"nav a{margin-right:1em}\n"
	".wide{overflow-x:auto;margin:.6rem 0}\n"
	"table{border-collapse:collapse;font-size:.84rem;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:left;padding:.22rem .9rem .22rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top}\n"
	"th{font-weight:600;color:var(--soft);vertical-align:bottom}\n"
	"th.n,td.n{text-align:right;white-space:nowrap}\n"
	"th.n{white-space:normal}\n"
	"th[tabindex]{cursor:pointer}\n"
	"th[aria-sort=ascending]::after{content:\" \\25b2\"}\n"
	"th[aria-sort=descending]::after{content:\" \\25bc\"}\n"
	"td:first-child{min-width:11em}\n"
	"figure{margin:1rem 0 .6rem}\n"
	"figure .card{background:#fff;border:1px solid var(--line);"
	"border-radius:6px;padding:6px;overflow-x:auto}\n"
	"figure svg{display:block;width:100%;min-width:640px;height:auto}\n"
	"figcaption{color:var(--soft);font-size:.9rem;max-width:85ch;"
	"margin:.5rem 0}\n"
	"code,pre{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,"
	"monospace;font-size:.8rem}\n"
	"code{overflow-wrap:anywhere}\n"
	"pre{background:var(--head);padding:.7rem .9rem;border-radius:6px;"
	"overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"@media print{@page{margin:12mm}html{font-size:11px}:root{--page:#fff;--ink:#000;--soft:#444;--line:#ccc;"
	"--card:#fff;--head:#f4f4f4;--link:#000}body{font-size:1rem}"
	"main{max-width:none;padding:0}nav{display:none}"
	"th,td{padding-right:.6rem}"
	"figure,tr{break-inside:avoid}h2,h3{break-after:avoid}"
	".wide,pre{overflow:visible}figure svg{min-width:0}}\n";

/*
 * A click on a column's heading sorts the table by it; without the script the
 * tables are as they are. The policy of the page lets this one script run and
 * no other: the hash is its SHA-256, and a test holds them together.
 */
#define SCRIPT_HASH "sha256-DJ0b8rO9cy5Y3u4JEIXLsfVWrdDI/cg/laECoSBKPSQ="
static const char script[] =
	"document.querySelectorAll(\"table\").forEach(t=>{\n"
	"const b=t.tBodies[0],unit={ns:1,us:1e3,ms:1e6,s:1e9,k:1e3,M:1e"
	"6,G:1e9};\n"
	"if(!t.tHead||b.rows.length<2)return;\n"
	"const value=s=>{const m=/^([×x]?)([+-]?\\d[\\d.]*)(?: ([num]?s"
	"|[kMG])\\b)?( %)?/.exec(s);\n"
	"return!m?NaN:m[4]?1+m[2]/100:m[2]*(unit[m[3]]||1)};\n"
	"Array.from(t.tHead.rows[0].cells).forEach((h,i)=>{\n"
	"const text=r=>r.cells[i].textContent,number=h.className==\"n\""
	";\n"
	"const sort=()=>{const up=h.getAttribute(\"aria-sort\")!=\"asce"
	"nding\";\n"
	"const rows=Array.from(b.rows),sign=up?1:-1;\n"
	"rows.sort((x,y)=>{const p=text(x),q=text(y);\n"
	"if(!number)return sign*p.localeCompare(q);\n"
	"const m=value(p),n=value(q);return isNaN(m)?(isNaN(n)?0:1):isN"
	"aN(n)?-1:sign*(m-n)});\n"
	"Array.from(t.tHead.rows[0].cells).forEach(c=>c.removeAttribute"
	"(\"aria-sort\"));\n"
	"h.setAttribute(\"aria-sort\",up?\"ascending\":\"descending\");"
	"b.append(...rows)};\n"
	"h.tabIndex=0;h.title=\"sort by this column\";h.onclick=sort;\n"
	"h.onkeydown=e=>{if(e.key==\"Enter\"||e.key==\" \"){e.preventDe"
	"fault();sort()}}})});\n";

void html_begin(FILE *f, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "script-src '" SCRIPT_HASH "'\">\n",
	      f);
	html_element(f, "title", NULL, title);
	fprintf(f, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
}

void html_end(FILE *f)
{
	fprintf(f, "</main>\n<script>%s</script>\n</body>\n</html>\n", script);
}
