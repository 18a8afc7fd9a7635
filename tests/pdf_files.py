"""PDF files for tests, written with fpdf2, and where in them each paragraph stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from fpdf import FPDF

HEADER = "The harbour report"


@dataclass
class Report:
    """A report of many pages: a running header, printed page numbers, headings, justified paragraphs that cross pages."""

    header: str | None = HEADER
    first_number: int | None = 1
    pdf: FPDF = field(init=False)
    placed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """First and last page of each paragraph."""

    def __post_init__(self) -> None:
        report = self

        class Pages(FPDF):
            def header(self) -> None:
                if report.header:
                    self.set_font("helvetica", "I", 9)
                    self.cell(0, 8, report.header, align="C", new_x="LMARGIN", new_y="NEXT")
                    self.ln(8)

            def footer(self) -> None:
                if report.first_number is not None:
                    self.set_y(-15)
                    self.set_font("helvetica", "", 9)
                    self.cell(0, 8, f"- {self.page_no() - 1 + report.first_number} -", align="C")

        self.pdf = Pages(format=(148, 210))
        self.pdf.set_auto_page_break(True, margin=22)
        self.pdf.add_page()

    def heading(self, text: str, size: int = 15) -> None:
        self.pdf.set_font("helvetica", "B", size)
        self.pdf.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")
        self.pdf.ln(3)

    def paragraph(self, text: str) -> None:
        """Soft hyphens say where a word may be divided."""
        self.pdf.set_font("times", "", 11)
        first = self.pdf.page_no() + (self.pdf.will_page_break(5) is True)
        self.pdf.multi_cell(0, 5, text, align="J", new_x="LMARGIN", new_y="NEXT")
        self.placed[text.replace("\u00ad", "")] = (first, self.pdf.page_no())
        self.pdf.ln(3)

    def data(self) -> bytes:
        return bytes(self.pdf.output())


NAMES = "Ana Ruiz|Luis Mora|Eva Soto|Iván Gil|Rosa Vega|Juan Paz|Inés Toro|Raúl León|Alba Cruz|Omar Ríos".split("|")
PORTS = "Arica|Callao|Iquique|Guayaquil|Paita|Manta|Ilo|Tumaco|Coquimbo|Chancay".split("|")


def harbour_report(least_pages: int = 30) -> Report:
    """A report in which no two paragraphs are the same; the ports' first names stand in one paragraph each."""
    report = Report()
    report.heading("Who watches the harbours", 20)
    number = 0
    while report.pdf.page_no() < least_pages:
        if number % 9 == 0:
            report.heading(f"Chapter {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number // 9]}: what the inspectors saw")
        name, port = NAMES[number % 10], PORTS[(number // 10 + number) % 10]
        report.paragraph(
            f"In month {number + 1} of the inquiry, inspector {name} went to the harbour of {port} and counted {number * 7 + 11} "
            f"containers without papers, which the customs office had never opened. The inspector wrote that {number * 3 + 5} guards "
            f'were absent that night, and that nobody had asked why. "We found the gate of pier {number + 1} open and the lamps '
            f'out," {name} told the commission. The office answered that its staff had been cut, that the gate was old and that '
            f"the matter of pier {number + 1} was being looked into by others, who in turn have not replied."
        )
        number += 1
    return report
