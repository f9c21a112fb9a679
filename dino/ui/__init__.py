"""What all pages share: the visitor's session, in layers, and the parts that pages draw.

The layers, each of which uses only those before it: state, workarounds; visit, server; widgets,
notices; settings, chosen_list, current_run, inside_address, measurements; address, session.
"""
