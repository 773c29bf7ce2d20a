"""What a declaration needs to be lodged, one kind of question a module. Each check adds findings; none changes the declaration.

Errors block lodging: the form could not be filled, or says two things at once. Warnings do not: they ask the declarant to look again.
"""
